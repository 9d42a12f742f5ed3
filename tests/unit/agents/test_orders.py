"""What traders order, from the command to the price and the bet."""

from itertools import pairwise

import pytest
from prometheus_client import REGISTRY

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from overround.audit import Archive
from schemas import Decision, DynamicMargin, MarginProfile, PriceRules, TimeFactor
from streams.topics import DECISIONS
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

OPERATORS = ("north",)
T = START_MS + 60_000


@pytest.fixture
def pipeline():
    return Pipeline([Compile(OPERATORS), Assess(), Book(OPERATORS)])


def last(pipeline, market="1x2"):
    return [offer for offer in pipeline.offers() if offer.market == market][-1]


def decisions(pipeline):
    return {decision.bet_id: decision for decision in pipeline.read(DECISIONS, Decision)}


def test_a_halted_operator_takes_nothing_until_it_is_active_again(pipeline):
    pipeline.open_market()
    pipeline.command("state", at_ms=T, state="HALTED")
    pipeline.bet("while halted", at_ms=T + 5_000)
    pipeline.run()
    assert last(pipeline).suspended == "halted"
    assert "suspended" in decisions(pipeline)["while halted"].reasons
    pipeline.command("state", at_ms=T + 10_000, state="ACTIVE")
    pipeline.bet("after", at_ms=T + 15_000)
    pipeline.run()
    assert last(pipeline).suspended is None
    assert decisions(pipeline)["after"].decision == "accepted"


def test_a_reducing_operator_takes_only_what_deepens_nothing(pipeline):
    pipeline.open_market()
    pipeline.bet("before", at_ms=T, stake=10_000)
    pipeline.command("state", at_ms=T + 5_000, state="REDUCING")
    pipeline.bet("deeper", at_ms=T + 10_000, stake=5_000)
    pipeline.bet("other side", at_ms=T + 10_000, stake=1_000, outcome="away", price=2.0)
    pipeline.run()
    found = decisions(pipeline)
    assert found["before"].decision == "accepted"
    assert found["deeper"].reasons == ["reducing"]
    assert found["other side"].decision == "accepted"
    assert last(pipeline).suspended is None


def test_a_limit_holds_for_what_it_was_set_for_and_until_it_is_given_back(pipeline):
    pipeline.open_market()
    pipeline.command("limit", at_ms=T, limit="max_stake", amount=700, event_id="match", market="1x2")
    pipeline.bet("limited", at_ms=T + 5_000, stake=1_000)
    pipeline.command("limit", at_ms=T + 10_000, limit="max_stake", event_id="match", market="1x2")
    pipeline.bet("free", at_ms=T + 15_000, stake=1_000)
    pipeline.run()
    found = decisions(pipeline)
    assert (found["limited"].decision, found["limited"].stake) == ("alternative", 700)
    assert found["free"].decision == "accepted"


def test_a_ban_and_its_end(pipeline):
    pipeline.open_market()
    pipeline.command("factor", at_ms=T, bettor="ann", stake_factor=0.0)
    pipeline.bet("banned", at_ms=T + 5_000)
    pipeline.command("factor", at_ms=T + 10_000, bettor="ann")
    pipeline.bet("free", at_ms=T + 15_000)
    pipeline.run()
    found = decisions(pipeline)
    assert "bettor_banned" in found["banned"].reasons
    assert found["free"].decision == "accepted"


def test_a_moved_line_moves_all_outcomes_and_a_resume_takes_it_back(pipeline):
    pipeline.open_market()
    pipeline.run()
    before = last(pipeline).prices
    pipeline.command("move", at_ms=T, event_id="match", market="1x2", outcome="home", log_odds=0.3)
    pipeline.run()
    moved = last(pipeline).prices
    assert moved["home"] < before["home"]
    assert moved["draw"] > before["draw"]
    assert moved["away"] > before["away"]
    pipeline.command("resume", at_ms=T + 5_000, event_id="match")
    pipeline.run()
    assert last(pipeline).prices == before


def test_a_margin_follows_distrust_and_time_and_says_what_it_aimed_at(pipeline):
    times = [TimeFactor(within_h=1, factor=1.0), TimeFactor(within_h=48, factor=1.5)]
    wide = DynamicMargin(distrust=1.0, times=times)
    pipeline.open_market()
    pipeline.operator(version=2, at_ms=T, margins={"default": MarginProfile(overround=1.04, dynamic=wide)})
    pipeline.run()
    early = last(pipeline)
    # four of eight books that agree nearly: 1 + 0.04 x 1.5 x (1 + distrust x about a half)
    assert early.target_overround == pytest.approx(1 + 0.04 * 1.5 * (2 - early.confidence))
    assert 1.0 < early.target_overround <= early.overround
    for n in range(4):
        quote = {"home": 2.02, "draw": 3.4, "away": 4.1}
        pipeline.quote(f"book{n}", quote, at_ms=KICK_OFF_MS - 1_800_000 + n)
    pipeline.run()
    assert last(pipeline).target_overround == pytest.approx(1 + 0.04 * (2 - last(pipeline).confidence))


def test_both_margins_are_metrics(pipeline):
    pipeline.open_market()
    pipeline.run()
    price = last(pipeline)
    labels = {"operator": "north", "market_type": "1x2"}
    target = REGISTRY.get_sample_value("overround_margin_target_ratio", labels)
    realised = REGISTRY.get_sample_value("overround_margin_realised_ratio", labels)
    assert (target, realised) == (price.target_overround - 1, price.overround - 1)


def test_a_price_that_may_not_jump_goes_on_moving_as_time_passes(pipeline):
    pipeline.open_market()
    pipeline.operator(version=2, at_ms=T, prices=PriceRules(max_move=0.005))
    for n in range(4):
        pipeline.quote(f"book{n}", {"home": 1.5, "draw": 4.4, "away": 7.0}, at_ms=T + 2_000)
    for second in range(3, 120):
        pipeline.heartbeat(T + second * 1_000)
    pipeline.run()
    path = [offer for offer in pipeline.offers() if offer.event_time_ms >= T]
    assert len(path) > 10
    held = [offer.held for offer in path]
    assert any(held)
    assert not held[-1]
    assert path[-1].prices["home"] < 1.5
    for before, after in pairwise(path):
        seconds = (after.event_time_ms - before.event_time_ms) / 1_000
        # the ladder may take a tick more
        assert after.prices["home"] >= before.prices["home"] / (1 + 0.005 * seconds) - 0.011


def test_prices_keep_to_the_followed_book_and_leave_no_arbitrage_with_the_market(pipeline):
    pipeline.open_market()
    rules = PriceRules(max_arbitrage=0.0, as_short_as=["book0"])
    pipeline.operator(version=2, at_ms=T, margins={"default": MarginProfile(overround=1.0)}, prices=rules)
    pipeline.quote("book0", {"home": 1.98, "draw": 3.3, "away": 4.1}, at_ms=T + 1_000)
    pipeline.quote("book1", {"home": 2.1, "draw": 3.5, "away": 4.2}, at_ms=T + 1_000)
    pipeline.run()
    offer = last(pipeline)
    assert offer.prices["home"] <= 1.98
    best = {outcome: max(price, offer.basis.market[outcome]) for outcome, price in offer.prices.items()}
    assert sum(1 / price for price in best.values()) >= 1 - 1e-9


def test_every_price_and_decision_recomputes_whatever_was_ordered(pipeline):
    dynamic = DynamicMargin(
        sports={"soccer": 1.1}, competitions={"cup": 1.2}, distrust=0.4, sharp=0.5, exposure=0.5
    )
    pipeline.open_market()
    pipeline.operator(
        version=2,
        at_ms=T,
        margins={"default": MarginProfile(overround=1.04, method="shin", dynamic=dynamic)},
        prices=PriceRules(min_ticks=2, max_move=0.02, as_short_as=["book1"], max_arbitrage=0.01),
        skew=1e-5,
        confidence_weight=0.5,
    )
    orders = [
        ("override", {"market": "1x2", "outcome": "home", "price": 1.7}),
        ("move", {"market": "1x2", "outcome": "away", "log_odds": 0.2}),
        ("suspend", {}),
        ("resume", {}),
    ]
    for n, (kind, what) in enumerate(orders):
        pipeline.command(kind, at_ms=T + n * 10_000 + 5_000, event_id="match", **what)
    pipeline.command("state", at_ms=T + 41_000, state="REDUCING")
    pipeline.command("limit", at_ms=T + 43_000, limit="max_stake", amount=900)
    pipeline.command("state", at_ms=T + 70_000, state="ACTIVE")
    for n in range(40):
        at_ms = T + n * 2_000
        prices = {"home": 2.0 + n % 5 / 50, "draw": 3.4, "away": 4.2 - n % 3 / 20}
        pipeline.quote(f"book{n % 4}", prices, at_ms=at_ms)
        pipeline.quote(f"book{n % 4}", {"home": 2.0 - n % 5 / 50, "away": 1.9}, market="ah:-0.5", at_ms=at_ms)
        pipeline.bet(f"b{n}", at_ms=at_ms, stake=500 + 100 * (n % 9), outcome=("home", "away")[n % 2])
    pipeline.run()
    archive = Archive(OPERATORS)
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    found = archive.audit()
    assert found.differences == []
    assert found.agreed["offered"] > 20
    assert found.agreed["decision"] == 40
    assert {offer.basis.state for offer in pipeline.offers() if offer.basis} == {"ACTIVE", "REDUCING"}
