"""Stages mark and profile: later prices say how good a bet was, and what is believed of its bettor."""

import pytest

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.mark import MarkBets, arbitrage
from agents.profile import Profile
from schemas import BettorRisk, Decision, FairPrice, Mark
from streams.topics import BETTORS, DECISIONS, FAIR, MARKS
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

BET_MS = START_MS + 60_000


@pytest.fixture
def pipeline() -> Pipeline:
    pipeline = Pipeline([Compile(["north"]), Assess(), Book(["north"]), MarkBets(), Profile()])
    pipeline.open_market()
    return pipeline


def move(pipeline: Pipeline, home: float, at_ms: int) -> None:
    for n in range(4):
        prices = {"home": home, "draw": 3.4, "away": 1 / (1 - 1 / home - 1 / 3.4 + 0.03)}
        pipeline.quote(f"book{n}", prices, at_ms=at_ms + n)


def test_a_bet_is_marked_at_each_horizon_with_the_price_that_stood_then(pipeline):
    pipeline.bet(at_ms=BET_MS, price=1.9)
    move(pipeline, 1.9, BET_MS + 30_000)
    move(pipeline, 1.8, BET_MS + 120_000)
    pipeline.heartbeat(BET_MS + 301_000)
    move(pipeline, 1.7, BET_MS + 400_000)
    pipeline.heartbeat(KICK_OFF_MS)
    pipeline.run()
    marks = pipeline.read(MARKS, Mark)
    assert [mark.horizon for mark in marks] == ["10s", "60s", "300s", "close"]
    assert [mark.event_time_ms for mark in marks] == [
        BET_MS + 10_000,
        BET_MS + 60_000,
        BET_MS + 300_000,
        KICK_OFF_MS,
    ]
    clvs = [mark.clv for mark in marks]
    assert clvs == sorted(clvs)
    assert clvs[0] < 0 < clvs[-1]
    fairs = {fair.sequence: fair for fair in pipeline.read(FAIR, FairPrice)}
    for mark in marks:
        assert mark.probability == fairs[mark.fair_sequence].probabilities["home"]


def test_a_rejected_bet_is_not_marked(pipeline):
    pipeline.bet(at_ms=BET_MS, price=9.0)
    pipeline.heartbeat(KICK_OFF_MS)
    pipeline.run()
    assert pipeline.read(MARKS, Mark) == []


def test_a_redelivered_decision_is_marked_once(pipeline):
    pipeline.bet(at_ms=BET_MS)
    pipeline.bet(at_ms=BET_MS + 5_000)
    pipeline.heartbeat(BET_MS + 400_000)
    pipeline.run()
    assert len(pipeline.read(MARKS, Mark)) == 3


def test_due_marks_survive_a_restart(pipeline):
    pipeline.bet(at_ms=BET_MS)
    pipeline.run()
    for state in pipeline.replay.states():
        state.roll_back()
    pipeline.heartbeat(KICK_OFF_MS)
    pipeline.run()
    assert len(pipeline.read(MARKS, Mark)) == 4


def test_marks_move_what_is_believed_of_a_bettor_and_versions_are_contiguous(pipeline):
    pipeline.bet(at_ms=BET_MS, price=1.9)
    move(pipeline, 1.5, BET_MS + 5_000)
    pipeline.heartbeat(BET_MS + 61_000)
    pipeline.heartbeat(KICK_OFF_MS)
    pipeline.run()
    risks = pipeline.read(BETTORS, BettorRisk)
    assert [risk.version for risk in risks] == list(range(1, len(risks) + 1))
    assert risks[-1].bets == 1
    assert risks[-1].clv_mean > 0.1
    assert risks[-1].posterior_mean > -0.045
    assert risks[-1].factor < 1.0


def test_a_mark_tells_what_was_the_matter_when_the_bet_was_placed(pipeline):
    move(pipeline, 1.8, START_MS + 40_000)
    pipeline.quote("book9", {"home": 1.84, "draw": 3.3, "away": 4.0}, at_ms=START_MS + 50_000)
    context = {"promotion": True, "account_days": 12.0, "device": "d1"}
    pipeline.bet(at_ms=BET_MS, price=1.7, stake=5_000, context=context)
    move(pipeline, 1.7, BET_MS + 30_000)
    pipeline.heartbeat(BET_MS + 61_000)
    pipeline.run()
    first, second = pipeline.read(MARKS, Mark)
    assert first.placed_at_ms == BET_MS
    assert first.best_price == 1.84
    assert first.in_play is False
    assert first.limit_share == pytest.approx(5_000 / 100_000)
    assert 0.05 < first.moved < 0.2
    assert first.context.device == "d1"
    assert first.moved_after_ms is None
    assert second.moved_after_ms == pytest.approx(30_000, abs=10)


def test_a_price_that_is_an_arbitrage_with_fresh_prices_elsewhere_is_told_with_what_it_wins():
    books = [{"home": 1.9, "draw": 3.4, "away": 4.0}, {"home": 1.8, "draw": 3.6, "away": 4.6}]
    assert arbitrage("1x2", "home", 2.1, books) == pytest.approx(1 / (1 / 2.1 + 1 / 3.6 + 1 / 4.6) - 1)
    assert arbitrage("1x2", "home", 2.1, books) > 0 > arbitrage("1x2", "home", 1.9, books)
    assert arbitrage("dc", "home_draw", 1.5, [{"home_away": 1.5, "draw_away": 1.5}]) == pytest.approx(0.0)
    assert arbitrage("1x2", "home", 2.1, [{"home": 1.9, "draw": 3.4}]) is None
    assert arbitrage("1x2", "nobody", 2.1, books) is None


def test_what_no_book_has_confirmed_for_long_is_no_price_elsewhere(pipeline):
    pipeline.bet("early", at_ms=BET_MS, price=1.7)
    pipeline.bet("late", at_ms=BET_MS + 600_000, price=1.7)
    pipeline.heartbeat(BET_MS + 700_000)
    pipeline.run()
    marks = {mark.bet_id: mark for mark in pipeline.read(MARKS, Mark)}
    assert marks["early"].best_price is not None
    assert marks["early"].arbitrage < 0
    assert (marks["late"].best_price, marks["late"].arbitrage) == (None, None)


def test_a_decision_that_is_read_after_later_prices_is_marked_by_those_that_stood_then(pipeline):
    pipeline.bet(at_ms=BET_MS, price=1.9)
    for number, home in enumerate((1.9, 1.8, 1.75)):
        move(pipeline, home, BET_MS + 5_000 + number * 40_000)
    pipeline.heartbeat(BET_MS + 301_000)
    pipeline.run()
    in_time = {mark.horizon: mark.fair_sequence for mark in pipeline.read(MARKS, Mark)}
    assert len(set(in_time.values())) == 3

    late = Pipeline([MarkBets()])
    for fair in pipeline.read(FAIR, FairPrice):
        late.put(FAIR, fair.event_id, fair, at_ms=fair.as_of_ms)
    for decision in pipeline.read(DECISIONS, Decision):
        late.put(DECISIONS, decision.event_id, decision, at_ms=BET_MS + 310_000)
    late.heartbeat(BET_MS + 320_000)
    late.run()
    assert {mark.horizon: mark.fair_sequence for mark in late.read(MARKS, Mark)} == in_time
