"""What an operator does with whom, on the way of a bet: delays, reviews by a person, and rings."""

import pytest

from agents.assess import Assess
from agents.book import Book
from overround.audit import Archive
from schemas import Alert, BettorRisk, Decision, RingMember
from schemas.operators import Treatment
from streams.topics import ALERTS, BETTORS, DECISIONS, RINGS
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

PRICES = {"home": 2.0, "draw": 3.4, "away": 4.2}
DOUBLE = [("match", "1x2", "home", 2.0), ("other", "1x2", "draw", 3.4)]
PLACED_MS = START_MS + 60_000


def a_pipeline(**profile: object) -> Pipeline:
    pipeline = Pipeline([Assess(), Book(["north"])])
    pipeline.operator(**profile)
    for event in ("match", "other"):
        pipeline.fixture(event)
        pipeline.offer(event, PRICES)
    return pipeline


def treated(pipeline: Pipeline, *, delay_ms: int = 0, review: bool = False) -> Pipeline:
    risk = BettorRisk(
        operator="north",
        bettor="ann",
        version=1,
        bets=10,
        marks=10,
        clv_mean=0.05,
        posterior_mean=0.04,
        posterior_sd=0.01,
        log_e_value=5.0,
        flagged=True,
        factor=1.0,
        reasons=[],
        event_time_ms=START_MS,
        delay_ms=delay_ms,
        review=review,
    )
    pipeline.put(BETTORS, "north|ann", risk, at_ms=START_MS)
    return pipeline


def decisions(pipeline: Pipeline) -> list[Decision]:
    pipeline.run()
    return pipeline.read(DECISIONS, Decision)


def place(pipeline: Pipeline, *, combined: bool) -> None:
    if combined:
        pipeline.combined(DOUBLE, "b1")
    else:
        pipeline.bet(price=2.0)


def review(pipeline: Pipeline, *, approve: bool, bet_id: str = "b1", at_ms: int = PLACED_MS + 1_000) -> None:
    pipeline.command("review", bettor="ann", bet_id=bet_id, approve=approve, at_ms=at_ms)


either = pytest.mark.parametrize("combined", [False, True])


@either
def test_a_delayed_bettors_bet_waits_before_the_start_and_is_decided_by_what_stands_then(combined):
    pipeline = treated(a_pipeline(), delay_ms=3_000)
    place(pipeline, combined=combined)
    pipeline.heartbeat(PLACED_MS + 2_999)
    assert decisions(pipeline) == []
    pipeline.offer("match", {"home": 1.5, "draw": 4.4, "away": 7.0}, sequence=2)
    pipeline.run()
    pipeline.heartbeat(PLACED_MS + 3_000)
    (decision,) = decisions(pipeline)
    assert (decision.decision, decision.reasons) == ("rejected", ["price_moved"])
    assert decision.standing.delay_ms == 3_000


def test_a_bettors_delay_is_added_to_the_delay_in_play():
    pipeline = treated(a_pipeline(in_play=True, live_delay_ms=5_000), delay_ms=3_000)
    at_ms = KICK_OFF_MS + 60_000
    pipeline.bet(price=2.0, at_ms=at_ms)
    pipeline.heartbeat(at_ms + 7_999)
    assert decisions(pipeline) == []
    pipeline.heartbeat(at_ms + 8_000)
    assert [each.decision for each in decisions(pipeline)] == ["accepted"]


@either
def test_a_reviewed_bettors_bet_is_rejected_at_once_where_nobody_is_there_to_look(combined):
    pipeline = treated(a_pipeline(), review=True)
    place(pipeline, combined=combined)
    (decision,) = decisions(pipeline)
    assert (decision.decision, decision.reasons) == ("rejected", ["manual_review"])
    assert pipeline.read(ALERTS, Alert) == []


@either
def test_a_held_bet_is_told_of_and_decided_when_a_person_approves_it(combined):
    pipeline = treated(a_pipeline(review_s=60.0), review=True)
    place(pipeline, combined=combined)
    assert decisions(pipeline) == []
    (alert,) = pipeline.read(ALERTS, Alert)
    assert (alert.kind, alert.subject, alert.figures["held_s"]) == ("manual_review", "ann", 60.0)
    review(pipeline, approve=True, bet_id="another")
    assert decisions(pipeline) == []
    review(pipeline, approve=True)
    (decision,) = decisions(pipeline)
    assert (decision.decision, decision.standing.reviewed) == ("accepted", "approved")
    place(pipeline, combined=combined)  # again: it is decided, and stays so
    pipeline.heartbeat(PLACED_MS + 120_000)
    assert decisions(pipeline)[1:] == [decision]


@either
@pytest.mark.parametrize("refused", [True, False])
def test_a_held_bet_is_rejected_when_it_is_refused_or_nobody_has_looked_in_time(combined, refused):
    pipeline = treated(a_pipeline(review_s=60.0), review=True)
    place(pipeline, combined=combined)
    if refused:
        review(pipeline, approve=False)
    else:
        pipeline.heartbeat(PLACED_MS + 59_999)
        assert decisions(pipeline) == []
        pipeline.heartbeat(PLACED_MS + 60_000)
    (decision,) = decisions(pipeline)
    assert (decision.decision, decision.reasons) == ("rejected", ["manual_review"])
    review(pipeline, approve=True, at_ms=PLACED_MS + 90_000)  # too late
    assert decisions(pipeline) == [decision]


def test_the_events_of_an_approved_bet_have_their_own_time_to_answer():
    pipeline = Pipeline([Assess()])  # nobody answers
    pipeline.operator(review_s=10.0, reservation_s=60.0)
    treated(pipeline, review=True).combined(DOUBLE, "b1")
    pipeline.run()
    review(pipeline, approve=True)
    pipeline.heartbeat(PLACED_MS + 11_000)
    assert decisions(pipeline) == []
    pipeline.heartbeat(PLACED_MS + 61_000)
    (decision,) = decisions(pipeline)
    assert decision.reasons == ["no_answer"]
    assert decision.standing.reviewed == "approved"


def test_who_is_in_a_ring_is_treated_as_such_until_it_has_left():
    chosen = {"ring": Treatment(factor=0.1, review=True)}
    pipeline = a_pipeline(treatments=chosen)
    member = {"operator": "north", "bettor": "ann", "event_time_ms": START_MS}
    joined = RingMember.model_validate({**member, "ring": "ann-bob", "members": 2, "share": 0.5})
    pipeline.put(RINGS, "north|ann", joined, at_ms=START_MS)
    pipeline.bet("in", price=2.0)
    pipeline.run()
    pipeline.put(RINGS, "north|ann", RingMember.model_validate(member), at_ms=START_MS)
    pipeline.bet("out", price=2.0)
    inside, outside = decisions(pipeline)
    assert (inside.standing.ring, inside.standing.factor) == ("ann-bob", 0.1)
    assert inside.reasons == ["manual_review"]
    assert (outside.standing.ring, outside.standing.factor, outside.decision) == (None, 1.0, "accepted")


@pytest.mark.parametrize("approve", [True, False])
def test_decisions_on_reviewed_bets_recompute_from_the_command(approve):
    pipeline = treated(a_pipeline(review_s=60.0), review=True)
    for combined, bet_id in ((False, "b1"), (True, "c1")):
        if combined:
            pipeline.combined(DOUBLE, bet_id)
        else:
            pipeline.bet(bet_id, price=2.0)
        pipeline.run()
        review(pipeline, approve=approve, bet_id=bet_id, at_ms=PLACED_MS + len(bet_id))
        pipeline.run()
    archive = Archive(["north"])
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    found = archive.audit()
    assert found.differences == []
    assert (found.agreed["decision"], found.agreed["combined"]) == (1, 1)
