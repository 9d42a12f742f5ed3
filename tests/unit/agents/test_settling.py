"""Results settle bets on one event, in versions; the books let go of what is settled."""

import pytest

from agents.assess import Assess
from agents.book import Book
from schemas import Decision, Exposure, Settlement
from streams.topics import DECISIONS, EXPOSURE, SETTLED
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

END_MS = KICK_OFF_MS + 7_000_000
PRICES = {"home": 2.0, "draw": 3.4, "away": 4.2}


@pytest.fixture
def pipeline() -> Pipeline:
    pipeline = Pipeline([Assess(), Book(["north"])])
    pipeline.fixture()
    pipeline.operator()
    pipeline.offer("match", PRICES)
    for n, (outcome, price) in enumerate(PRICES.items()):
        pipeline.bet(outcome, outcome=outcome, price=price, bettor=f"x{n}", at_ms=START_MS + 60_000 + n)
    return pipeline


def settlements(pipeline: Pipeline) -> dict[str, list[Settlement]]:
    found: dict[str, list[Settlement]] = {}
    for each in pipeline.read(SETTLED, Settlement):
        found.setdefault(each.bet_id, []).append(each)
    return found


def exposure(pipeline: Pipeline) -> Exposure:
    return max(pipeline.read(EXPOSURE, Exposure), key=lambda each: each.version)


def test_a_final_score_pays_the_winners_and_empties_the_book(pipeline):
    pipeline.result("match", home_score=2, away_score=1, at_ms=END_MS)
    pipeline.run()
    assert [d.decision for d in pipeline.read(DECISIONS, Decision)] == ["accepted"] * 3
    found = settlements(pipeline)
    assert {bet: [(s.version, s.status, s.payout) for s in each] for bet, each in found.items()} == {
        "home": [(1, "settled", 2_000)],
        "draw": [(1, "settled", 0)],
        "away": [(1, "settled", 0)],
    }
    last = exposure(pipeline)
    assert (last.bets, last.markets, last.worst_case) == (0, {}, 0)


def test_a_rollback_takes_the_payout_back_and_a_new_result_pays_anew(pipeline):
    pipeline.run()
    before = exposure(pipeline)
    pipeline.result("match", home_score=2, away_score=1, at_ms=END_MS)
    pipeline.result("match", "rollback", at_ms=END_MS + 60_000)
    pipeline.run()
    after = exposure(pipeline)
    assert (after.markets, after.bets, after.worst_case) == (before.markets, before.bets, before.worst_case)
    pipeline.result("match", home_score=2, away_score=2, at_ms=END_MS + 120_000)
    pipeline.run()
    found = settlements(pipeline)
    assert [(s.status, s.payout, s.difference) for s in found["home"]] == [
        ("settled", 2_000, 2_000),
        ("open", 0, -2_000),
        ("settled", 0, 0),
    ]
    assert [s.payout for s in found["draw"]] == [0, 0, 3_400]
    assert exposure(pipeline).bets == 0


def test_a_corrected_result_supersedes_without_a_rollback_between(pipeline):
    pipeline.result("match", home_score=2, away_score=1, at_ms=END_MS)
    pipeline.result("match", home_score=1, away_score=1, at_ms=END_MS + 60_000)
    pipeline.run()
    assert [s.difference for s in settlements(pipeline)["home"]] == [2_000, -2_000]
    assert [s.difference for s in settlements(pipeline)["draw"]] == [0, 3_400]


def test_the_same_result_again_and_an_older_one_behind_it_change_nothing(pipeline):
    pipeline.result("match", home_score=2, away_score=1, at_ms=END_MS)
    pipeline.run()
    count = len(pipeline.read(SETTLED, Settlement)), exposure(pipeline).version
    pipeline.result("match", home_score=2, away_score=1, at_ms=END_MS)
    pipeline.result("match", "live", home_score=0, away_score=1, at_ms=END_MS + 1)
    pipeline.run()
    pipeline.result("match", "void", at_ms=END_MS - 1_000)
    pipeline.run()
    assert (len(pipeline.read(SETTLED, Settlement)), exposure(pipeline).version) == count


def test_a_void_event_gives_every_stake_back(pipeline):
    pipeline.result("match", "void", at_ms=END_MS)
    pipeline.run()
    assert {s.payout for each in settlements(pipeline).values() for s in each} == {1_000}


def test_a_bet_that_comes_behind_the_result_is_settled_at_once(pipeline):
    pipeline.result("match", home_score=0, away_score=1, at_ms=END_MS)
    pipeline.run()
    pipeline.bet("late", outcome="away", price=4.2, at_ms=START_MS + 70_000)
    pipeline.run()
    assert [(s.status, s.payout) for s in settlements(pipeline)["late"]] == [("settled", 4_200)]
    assert exposure(pipeline).bets == 0
