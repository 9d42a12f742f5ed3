"""What results do to accepted bets: settlements, grades for bets on several events, and empty books."""

from agents.books import change, publish
from agents.reserving import HELD, Held
from domain.decisions import held_by
from domain.settlement import grade_of, place_grade_of, settle
from schemas import AssessedBet, Decision, Grade, Hold, LegGraded, Result, SettledLeg, Settlement
from streams.records import Record
from streams.stage import Outbox
from streams.state import Kind, State
from streams.topics import GRADED, SETTLED

BET = Kind("bet", Decision, kept=False)
"""Decisions on bets on one event; the key begins with the event."""
RESULT = Kind("result", Result)
SETTLEMENT = Kind("settlement", Settlement, kept=False)


def key_of_bet(assessed: AssessedBet) -> str:
    """Return the key of a bet on one event."""
    bet = assessed.bet
    return f"{bet.legs[0].event_id}|{bet.operator}|{bet.bettor}|{bet.bet_id}"


def take_result(result: Result, state: State, out: Outbox, cause: Record) -> None:
    """Settle, or settle anew, all that an event's latest result says; an older result changes nothing."""
    if result.status == "live" and not result.settled and not result.positions:
        return  # a score on the way
    standing = state.get(RESULT, result.event_id)
    if standing is not None and result.event_time_ms < standing.event_time_ms:
        return
    state.put(RESULT, result.event_id, result)
    touched: set[str] = set()
    for key, decision in state.items(BET, f"{result.event_id}|"):
        if decision.decision == "accepted" and settle_bet(key, decision, result, state, out, cause):
            touched.add(decision.operator)
    for key, held in state.items(HELD, f"{result.event_id}|"):
        if held.committed and grade_leg(key, held, result, state, out, cause):
            touched.add(key.split("|")[1])
    for operator in sorted(touched):
        publish(state, out, result.event_id, operator, result.event_time_ms, cause)


def settle_bet(
    key: str, decision: Decision, result: Result, state: State, out: Outbox, cause: Record
) -> bool:
    """Settle one bet on one event; tell whether its book has changed."""
    standing = state.get(SETTLEMENT, key)
    legs = _graded(decision, result)
    new = settle(decision, legs, standing, result.event_time_ms)
    if new is None:
        return False
    state.put(SETTLEMENT, key, new)
    out.emit(SETTLED, f"{new.operator}|{new.bettor}", new, new.event_time_ms, cause=cause)
    was_open = standing is None or standing.status == "open"
    is_open = new.status == "open"
    return _rehold(decision.event_id, decision.operator, held_by(decision), was_open, is_open, state)


def _graded(decision: Decision, result: Result) -> list[SettledLeg]:
    """Return the legs of a bet on one event with their grades; what it holds, it holds until all have one."""
    if not decision.legs:
        grade = grade_of(result, decision.market, decision.outcome)
        return [
            SettledLeg(
                event_id=decision.event_id,
                market=decision.market,
                outcome=decision.outcome,
                price=decision.price,
                grade=grade,
                holds=held_by(decision) if grade is None else [],
            )
        ]
    legs = [
        SettledLeg(
            event_id=leg.event_id,
            market=leg.market,
            outcome=leg.outcome,
            price=leg.price,
            grade=grade_of(result, leg.market, leg.outcome),
            place=place_grade_of(result, leg.market, leg.outcome, leg.places) if leg.places else None,
            places=leg.places,
            place_of=leg.place_of,
            holds=leg.holds,
        )
        for leg in decision.legs
    ]
    if any(leg.grade is None or (leg.places and leg.place is None) for leg in legs):
        return legs
    return [leg.model_copy(update={"holds": []}) for leg in legs]


def grade_leg(key: str, held: Held, result: Result, state: State, out: Outbox, cause: Record) -> bool:
    """Grade a leg of a bet on several events for its coordinator; tell whether its book has changed."""
    grade, place = _both(held, result)
    if (grade, place) == (held.grade, held.place):
        return False
    before, held.grade, held.place = held.grade, grade, place
    held.grade_version += 1
    state.put(HELD, key, held)
    event_id, operator, bettor, bet_id = key.split("|")
    graded = LegGraded(
        operator=operator,
        bettor=bettor,
        bet_id=bet_id,
        event_id=event_id,
        leg=held.leg,
        version=held.grade_version,
        grade=grade,
        place=place,
        event_time_ms=result.event_time_ms,
    )
    out.emit(GRADED, f"{operator}|{bettor}", graded, result.event_time_ms, cause=cause)
    return _rehold(event_id, operator, held.holds, before is None, grade is None, state)


def _both(held: Held, result: Result) -> tuple[Grade | None, Grade | None]:
    """Return the grades of a leg and of its place part; an each-way leg is open until it has both."""
    grade = grade_of(result, held.market, held.outcome)
    if held.places is None:
        return grade, None
    place = place_grade_of(result, held.market, held.outcome, held.places)
    return (grade, place) if grade is not None and place is not None else (None, None)


def _rehold(
    event_id: str, operator: str, holds: list[Hold], was_open: bool, is_open: bool, state: State
) -> bool:
    """Let go of what is graded now, take hold again of what is open again."""
    if was_open == is_open:
        return False
    if is_open:
        return change(state, event_id, operator, reserve=holds)
    return change(state, event_id, operator, release=holds)
