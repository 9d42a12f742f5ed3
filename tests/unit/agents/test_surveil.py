"""Stage surveil: an arbitrage is told once while it stands, and only between prices that stand together."""

import pytest

from agents.surveil import Surveil
from domain.arbitrage import ArbitrageConfig
from schemas import Alert, Coherence, Heartbeat, OfferedPrice
from streams.topics import ALERTS, COHERENCE, HEARTBEATS, offered
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
    told = alerts(pipeline)
    assert [alert.kind for alert in told] == ["arbitrage", "arbitrage_ended", "arbitrage"]
    assert told[1].figures["lifetime_s"] == 2.0
    assert told[1].figures["margin"] == pytest.approx(1 / (1 / 2.1 + 1 / 2.12) - 1)
    assert (told[1].opened_at_ms, told[1].ended_at_ms) == (START_MS + 1_000, START_MS + 3_000)


def test_an_opportunity_ends_when_its_oldest_price_is_too_old_although_no_quote_comes(pipeline):
    pipeline.quote("a", {"over": 2.1, "under": 1.8}, market="ou:2.5", at_ms=START_MS)
    pipeline.quote("b", {"over": 1.8, "under": 2.1}, market="ou:2.5", at_ms=START_MS + 1_000)
    pipeline.heartbeat(START_MS + 300_000)
    pipeline.heartbeat(START_MS + 420_000)
    _, ended = alerts(pipeline)
    assert ended.kind == "arbitrage_ended"
    assert ended.ended_at_ms == START_MS + 300_000
    assert ended.figures["lifetime_s"] == 299.0


def test_equal_claims_of_two_markets_are_held_against_each_other(pipeline):
    pipeline.fixture()
    pipeline.quote("a", {"home": 2.0, "draw": 3.4, "away": 4.0}, at_ms=START_MS)
    pipeline.quote("b", {"home": 1.8, "away": 2.1}, market="ah:-0.5", at_ms=START_MS + 1_000)
    (alert,) = alerts(pipeline)
    assert (alert.kind, alert.market) == ("arbitrage", None)
    assert alert.figures["margin"] == pytest.approx(1 / (1 / 2.0 + 1 / 2.1) - 1)
    assert alert.figures["stake 1x2 home"] == pytest.approx(2.1 / 4.1)


def test_without_a_sport_a_result_and_a_handicap_are_kept_apart(pipeline):
    pipeline.quote("a", {"home": 2.0, "draw": 3.4, "away": 4.0}, at_ms=START_MS)
    pipeline.quote("b", {"home": 1.8, "away": 2.1}, market="ah:-0.5", at_ms=START_MS + 1_000)
    assert alerts(pipeline) == []


def test_a_price_that_is_suspended_ends_what_it_was_good_for(pipeline):
    pipeline.quote("a", {"over": 1.9, "under": 1.95}, market="ou:2.5", at_ms=START_MS)
    pipeline.put(offered("north"), "match", own_price(1, START_MS + 1_000), at_ms=START_MS + 1_000)
    closed = own_price(2, START_MS + 9_000).model_copy(update={"suspended": "operator"})
    pipeline.put(offered("north"), "match", closed, at_ms=START_MS + 9_000)
    opened, ended = alerts(pipeline)
    assert (opened.kind, ended.kind) == ("own_arbitrage", "own_arbitrage_ended")
    assert ended.figures["lifetime_s"] == 8.0


def own_price(sequence: int, at_ms: int) -> OfferedPrice:
    return OfferedPrice(
        operator="north",
        event_id="match",
        market="ou:2.5",
        sequence=sequence,
        prices={"over": 2.2, "under": 1.7},
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.04,
        event_time_ms=at_ms,
    )


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


def test_a_middle_is_told_where_it_may_cost_something_and_ends_like_an_arbitrage():
    pipeline = Pipeline([Surveil(["north"], ArbitrageConfig(middle_cost=0.05))])
    for book in "abc":
        pipeline.quote(book, {"home": 1.9, "away": 1.9}, market="ah:-3.5", at_ms=START_MS)
        pipeline.quote(book, {"home": 2.2, "away": 1.7}, market="ah:-6.5", at_ms=START_MS)
    pipeline.quote("late", {"home": 1.7, "away": 1.98}, market="ah:-6.5", at_ms=START_MS + 1_000)
    pipeline.heartbeat(START_MS + 400_000)
    told = {alert.kind: alert for alert in alerts(pipeline)}
    middle, ended = told["middle"], told["middle_ended"]
    assert middle.figures["worst"] == pytest.approx(1 / (1 / 1.9 + 1 / 1.98) - 1)
    assert middle.figures["margin"] > 0 > middle.figures["worst"]
    assert 0 < middle.figures["both_win"] < 0.1
    assert "both win with" in middle.text
    assert ended.alert_id == f"{middle.alert_id}:ended"
    assert ended.ended_at_ms == START_MS + 300_000


def offer(pipeline: Pipeline, market: str, prices: dict[str, float], at_ms: int, sequence: int) -> None:
    price = OfferedPrice(
        operator="north",
        event_id="match",
        market=market,
        sequence=sequence,
        prices=prices,
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.05,
        event_time_ms=at_ms,
    )
    pipeline.put(offered("north"), "match", price, at_ms=at_ms)


def test_how_coherent_an_operators_prices_are_is_told_once_in_a_while_after_they_changed(pipeline):
    def scores() -> list[Coherence]:
        pipeline.run()
        return pipeline.read(COHERENCE, Coherence)

    pipeline.fixture()
    pipeline.heartbeat(START_MS)
    offer(pipeline, "1x2", {"home": 2.0, "draw": 3.4, "away": 3.6}, START_MS + 1, 1)
    offer(pipeline, "ah:-0.5", {"home": 2.1, "away": 1.7}, START_MS + 2, 1)
    pipeline.heartbeat(START_MS + 20_000)
    (first,) = scores()
    # home at the handicap, draw and away beside it: 1/2.1 + 1/3.4 + 1/3.6
    assert first.margin == pytest.approx(1 / (1 / 2.1 + 1 / 3.4 + 1 / 3.6) - 1)
    assert (first.priced, sorted(first.markets)) == (2, ["1x2", "ah:-0.5"])
    pipeline.heartbeat(START_MS + 3_600_000)
    assert scores() == [first]
    for n in range(3):
        at_ms = START_MS + 3_601_000 + n * 200_000
        offer(pipeline, "ah:-0.5", {"home": 1.9 + n / 100, "away": 1.7}, at_ms, 2 + n)
        pipeline.heartbeat(at_ms + 199_000)
    _, second = scores()  # of the first change; ten minutes later of the others, together
    assert second.margin == pytest.approx(1 / (1 / 2.0 + 1 / 3.4 + 1 / 3.6) - 1)
    pipeline.heartbeat(second.event_time_ms + 600_001)
    assert len(scores()) == 3
