"""Stage surveil: an arbitrage is told once while it stands, and only between prices that stand together."""

import pytest

from agents.surveil import Surveil
from schemas import Alert, Heartbeat, OfferedPrice
from streams.topics import ALERTS, HEARTBEATS, offered
from tests.unit.agents.pipeline import START_MS, Pipeline


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline([Surveil(["north"])])


def alerts(pipeline: Pipeline) -> list[Alert]:
    pipeline.run()
    return pipeline.read(ALERTS, Alert)


def test_two_books_that_disagree_enough_are_told_with_stakes(pipeline):
    pipeline.quote("a", {"over": 2.1, "under": 1.8}, market="ou:2.5", at_ms=START_MS)
    pipeline.quote("b", {"over": 1.8, "under": 2.1}, market="ou:2.5", at_ms=START_MS + 1_000)
    (alert,) = alerts(pipeline)
    assert alert.kind == "arbitrage"
    assert alert.figures["margin"] == pytest.approx(0.05)
    assert alert.figures["stake over"] == pytest.approx(0.5)


def test_a_standing_opportunity_is_told_once_and_again_after_it_was_gone(pipeline):
    pipeline.quote("a", {"over": 2.1, "under": 1.8}, market="ou:2.5", at_ms=START_MS)
    for n, under in enumerate((2.1, 2.12, 1.8, 2.1)):
        at_ms = START_MS + 1_000 * (n + 1)
        pipeline.quote("b", {"over": 1.8, "under": under}, market="ou:2.5", at_ms=at_ms)
    assert len(alerts(pipeline)) == 2


def test_prices_that_did_not_stand_together_are_no_arbitrage(pipeline):
    pipeline.quote("a", {"over": 2.1, "under": 1.8}, market="ou:2.5", at_ms=START_MS)
    pipeline.quote("b", {"over": 1.8, "under": 2.1}, market="ou:2.5", at_ms=START_MS + 600_000)
    assert alerts(pipeline) == []


def test_an_operators_price_beyond_the_market_is_told_to_it(pipeline):
    pipeline.quote("a", {"over": 1.9, "under": 1.95}, market="ou:2.5", at_ms=START_MS)
    price = OfferedPrice(
        operator="north",
        event_id="match",
        market="ou:2.5",
        sequence=1,
        prices={"over": 2.2, "under": 1.7},
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.04,
        event_time_ms=START_MS + 1_000,
    )
    pipeline.put(offered("north"), "match", price, at_ms=START_MS + 1_000)
    (alert,) = alerts(pipeline)
    assert (alert.kind, alert.operator) == ("own_arbitrage", "north")


def test_a_suspended_price_is_nobodys_opportunity(pipeline):
    pipeline.quote("a", {"over": 1.9, "under": 1.95}, market="ou:2.5", at_ms=START_MS)
    price = OfferedPrice(
        operator="north",
        event_id="match",
        market="ou:2.5",
        sequence=1,
        prices={"over": 2.2, "under": 1.7},
        suspended="few_books",
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.04,
        event_time_ms=START_MS + 1_000,
    )
    pipeline.put(offered("north"), "match", price, at_ms=START_MS + 1_000)
    assert alerts(pipeline) == []


def test_a_silent_feed_is_told_once_although_every_partition_hears_it(pipeline):
    beat = Heartbeat(feed="test", status="silent", event_time_ms=START_MS)
    pipeline.put(HEARTBEATS, "test", beat, at_ms=START_MS)
    (alert,) = alerts(pipeline)
    assert alert.kind == "feed_silent"
