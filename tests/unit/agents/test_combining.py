"""Bets on several events: asked of each, decided once as a whole, carried and settled together."""

import pytest

from agents.assess import Assess
from agents.book import Book
from schemas import Decision, Exposure, Reservation, Settlement
from streams.topics import DECISIONS, EXPOSURE, RESERVATIONS, SETTLED
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

END_MS = KICK_OFF_MS + 7_000_000
EVENTS = ("match", "other", "third")
PRICES = {"home": 2.0, "draw": 3.4, "away": 4.2}
DOUBLE = [("match", "1x2", "home", 2.0), ("other", "1x2", "draw", 3.4)]
TREBLE = [*DOUBLE, ("third", "1x2", "away", 4.2)]


def a_pipeline(*stages) -> Pipeline:
    pipeline = Pipeline(stages or [Assess(), Book(["north"])])
    pipeline.operator()
    for event in EVENTS:
        pipeline.fixture(event)
        pipeline.offer(event, PRICES)
    return pipeline


@pytest.fixture
def pipeline() -> Pipeline:
    return a_pipeline()


def books(pipeline: Pipeline) -> dict[str, Exposure]:
    found: dict[str, Exposure] = {}
    for each in pipeline.read(EXPOSURE, Exposure):
        if each.event_id not in found or each.version > found[each.event_id].version:
            found[each.event_id] = each
    return found


def held(pipeline: Pipeline) -> dict[str, int]:
    """The stakes in each event's book."""
    return {
        event: sum(market.stakes for market in book.markets.values())
        for event, book in books(pipeline).items()
    }


def settlements(pipeline: Pipeline) -> list[Settlement]:
    return sorted(pipeline.read(SETTLED, Settlement), key=lambda each: each.version)


def test_a_treble_is_accepted_as_a_whole_and_held_in_every_book(pipeline):
    pipeline.combined(TREBLE)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert (decision.decision, decision.reasons, decision.kind) == ("accepted", [], "multiple")
    assert decision.payout == int(1_000 * 2.0 * 3.4 * 4.2)
    assert decision.price == pytest.approx(2.0 * 3.4 * 4.2)
    assert [leg.holds[0].stake for leg in decision.legs] == [1_000] * 3
    assert [leg.stood_on.price for leg in decision.legs] == [2.0, 3.4, 4.2]
    assert held(pipeline) == dict.fromkeys(EVENTS, 1_000)


def test_a_system_bet_holds_what_runs_through_each_leg(pipeline):
    pipeline.combined(TREBLE, kind="patent", stake=700)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert decision.decision == "accepted"
    assert [leg.holds[0].stake for leg in decision.legs] == [400] * 3
    singles, doubles = 200 + 340 + 420, 680 + 840 + 1_428
    assert decision.payout == singles + doubles + 2_856


@pytest.mark.parametrize(
    ("legs", "changes", "reason"),
    [
        ([TREBLE[0], ("nowhere", "1x2", "home", 2.0)], {}, "unknown_event"),
        ([TREBLE[0], ("other", "ou:2.5", "over", 2.0)], {}, "unknown_market"),
        ([TREBLE[0], ("other", "1x2", "draw", 3.5)], {}, "price_moved"),
        ([TREBLE[0], TREBLE[0], TREBLE[1]], {}, "related_contingency"),
        (DOUBLE, {"kind": "trixie"}, "unknown_kind"),
        (DOUBLE, {"kind": "parlay"}, "unknown_kind"),
        (DOUBLE, {"each_way": True}, "unknown_kind"),
        (DOUBLE, {"stake": 0}, "invalid_stake"),
        (DOUBLE, {"operator": "nobody"}, "unknown_operator"),
        ([TREBLE[0], ("other", "1x2", "draw", 0.5)], {}, "invalid_price"),
        (DOUBLE, {"stake": 900_000}, "max_stake"),
    ],
)
def test_what_one_event_or_the_bet_itself_refuses_leaves_nothing_held(pipeline, legs, changes, reason):
    pipeline.combined(legs, **changes)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert decision.decision != "accepted"
    assert reason in decision.reasons
    assert not any(held(pipeline).values())


def test_the_alternative_is_the_largest_stake_that_every_event_and_the_bet_take(pipeline):
    pipeline.operator(version=2, market_limit=50_000, event_limit=50_000, at_ms=START_MS + 1_000)
    pipeline.combined(TREBLE, kind="patent", stake=70_000)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert (decision.decision, decision.reasons) == ("alternative", ["market_limit", "event_limit"])
    # the third event takes 15,625 at 4.2, through which four of seven lines run
    assert decision.stake == 15_625 // 4 * 7
    pipeline.combined(TREBLE, "c2", kind="patent", stake=decision.stake, at_ms=START_MS + 70_000)
    pipeline.run()
    assert pipeline.read(DECISIONS, Decision)[-1].decision == "accepted"


def test_a_stake_that_lines_cannot_share_gets_the_next_smaller_one(pipeline):
    pipeline.combined(TREBLE, kind="patent", stake=705)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert (decision.decision, decision.reasons, decision.stake) == ("alternative", ["uneven_stake"], 700)


def test_an_event_that_does_not_answer_in_time_rejects_the_bet_and_later_answers_change_nothing():
    silent = Book(["north"])
    pipeline = a_pipeline(Assess())
    pipeline.combined(TREBLE)
    pipeline.heartbeat(START_MS + 89_000)
    pipeline.run()
    assert pipeline.read(DECISIONS, Decision) == []
    pipeline.heartbeat(START_MS + 91_000)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert (decision.decision, decision.reasons) == ("rejected", ["no_answer"])
    # the books wake up: they find what was asked, and behind it what became of it
    replay = pipeline.replay
    late = Pipeline([Assess(), silent])
    late.replay.logs.update({key: list(log) for key, log in replay.logs.items() if key[0] != DECISIONS.name})
    late.run()
    assert [d.decision for d in late.read(DECISIONS, Decision)] == ["rejected"]
    assert not any(held(late).values())


def test_the_same_bet_again_gets_its_decision_and_asks_nobody(pipeline):
    pipeline.combined(TREBLE)
    pipeline.run()
    asked = len(pipeline.read(RESERVATIONS, Reservation))
    pipeline.combined(TREBLE, at_ms=START_MS + 90_000)
    pipeline.run()
    first, second = pipeline.read(DECISIONS, Decision)
    assert first == second
    assert len(pipeline.read(RESERVATIONS, Reservation)) == asked


def test_a_leg_that_wins_carries_its_return_to_the_open_ones(pipeline):
    pipeline.combined(TREBLE)
    pipeline.result("match", home_score=1, away_score=0, at_ms=END_MS)
    pipeline.run()
    (part,) = settlements(pipeline)
    assert (part.status, part.payout) == ("open", 0)
    assert held(pipeline) == {"match": 0, "other": 2_000, "third": 2_000}
    pipeline.result("other", home_score=1, away_score=1, at_ms=END_MS + 1_000)
    pipeline.run()
    assert held(pipeline) == {"match": 0, "other": 0, "third": 6_800}
    pipeline.result("third", home_score=0, away_score=1, at_ms=END_MS + 2_000)
    pipeline.run()
    last = settlements(pipeline)[-1]
    assert (last.version, last.status, last.payout, last.difference) == (3, "settled", 28_560, 28_560)
    assert not any(held(pipeline).values())


def test_a_leg_that_loses_frees_the_other_books_and_a_rollback_fills_them_again(pipeline):
    pipeline.combined(DOUBLE)
    pipeline.result("match", home_score=0, away_score=1, at_ms=END_MS)
    pipeline.run()
    assert held(pipeline) == {"match": 0, "other": 0}
    pipeline.result("match", "rollback", at_ms=END_MS + 1_000)
    pipeline.run()
    assert held(pipeline) == {"match": 1_000, "other": 1_000}
    pipeline.result("match", home_score=2, away_score=1, at_ms=END_MS + 2_000)
    pipeline.result("other", home_score=1, away_score=1, at_ms=END_MS + 3_000)
    pipeline.run()
    assert settlements(pipeline)[-1].payout == 6_800
    pipeline.result("match", "void", at_ms=END_MS + 4_000)
    pipeline.run()
    last = settlements(pipeline)[-1]
    assert (last.payout, last.difference) == (3_400, -3_400)
    assert not any(held(pipeline).values())


def test_a_leg_that_opens_again_while_another_has_lost_holds_nothing(pipeline):
    pipeline.combined(DOUBLE)
    pipeline.result("match", home_score=1, away_score=0, at_ms=END_MS)
    pipeline.run()
    pipeline.result("other", home_score=0, away_score=1, at_ms=END_MS + 1_000)
    pipeline.run()
    pipeline.result("match", "rollback", at_ms=END_MS + 2_000)
    pipeline.run()
    assert not any(held(pipeline).values())
