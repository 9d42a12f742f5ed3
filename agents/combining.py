"""Bets on several events, decided as a whole at the bettor's partition: a saga over topics.

Every event is asked for its leg and answers with a grant; then, or when time is up, one decision goes out
together with what each event is to do about it: commit or release. What an accepted bet carries to its open
events follows the grades of the others, and its settlement comes together here.

What comes twice, late or out of order changes nothing: a bet is asked for once and decided once, grants after
the decision are not looked at, and grades count by their version.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.clock import advance, now_ms
from agents.operators import profile_of
from agents.reviewing import reviewed, tell_if_held
from agents.timers import Due, timers
from domain.combined import carried_holds, decide_combined, is_hopeless, reservations
from domain.settlement import settle
from domain.sharps import waits_ms
from schemas import (
    AssessedBet,
    DecidedLeg,
    Decision,
    Grant,
    Heartbeat,
    Hold,
    LegGraded,
    OperatorCommand,
    Reservation,
    SettledLeg,
    Settlement,
)
from streams.records import Chunk, Record
from streams.stage import Outbox, decoded
from streams.state import Kind, State
from streams.topics import DECISIONS, RESERVATIONS, SETTLED


@dataclass(slots=True)
class Combined:
    """A bet on several events.

    Parameters
    ----------
    due_ms : int
        When it is decided at the latest, event time; while it waits, when its events are asked.
    waits : bool
        Whether it waits for what its bettor is: nobody has been asked yet.
    sent : int
        The version of the last reservations that were sent.
    grants, grades : dict of int to message
        What the events have said, by leg.
    held : dict of int to list of Hold
        What the events were last told to hold, by leg.
    """

    assessed: AssessedBet
    due_ms: int
    sent: int = 1
    grants: dict[int, Grant] = field(default_factory=dict)
    decision: Decision | None = None
    grades: dict[int, LegGraded] = field(default_factory=dict)
    settlement: Settlement | None = None
    held: dict[int, list[Hold]] = field(default_factory=dict)
    waits: bool = False


COMBINED = Kind("combined", Combined)


def begin(assessed: AssessedBet, record: Record, state: State, out: Outbox) -> None:
    """Ask the events of a bet, at once or when it has waited; a decided one gets its decision back."""
    bet = assessed.bet
    key = f"{bet.operator}|{bet.bettor}|{bet.bet_id}"
    known = state.get(COMBINED, key)
    if known is not None:
        if known.decision is not None:
            _tell(known.decision, record, out)
        return
    profile = profile_of(state, bet.operator)
    waits = waits_ms(assessed.standing, profile) if profile is not None else 0
    if profile is None or waits <= 0:
        _ask(key, assessed, record, state, out)
        return
    due_ms = max(bet.event_time_ms, now_ms(state)) + waits
    state.put(COMBINED, key, Combined(assessed, due_ms, waits=True))
    timers(state, _dues).add(due_ms, key)
    tell_if_held(assessed, profile, record, out)


def on_review(command: OperatorCommand, record: Record, state: State, out: Outbox) -> None:
    """Let a bet go on that a person has looked at."""
    key = f"{command.operator}|{command.bettor}|{command.bet_id}"
    combined = state.get(COMBINED, key)
    if combined is None or not combined.waits or command.approve is None:
        return
    if combined.assessed.standing.review:
        _ask(key, reviewed(combined.assessed, approve=command.approve), record, state, out)


def _ask(key: str, assessed: AssessedBet, record: Record, state: State, out: Outbox) -> None:
    bet = assessed.bet
    profile = profile_of(state, bet.operator)
    if profile is None or is_hopeless(assessed, profile):
        decision = decide_combined(assessed, profile, {})
        state.put(COMBINED, key, Combined(assessed, 0, decision=decision))
        _tell(decision, record, out)
        return
    live_ms = profile.live_delay_ms if profile.in_play else 0  # which legs wait for it, their events know
    due_ms = max(bet.event_time_ms, now_ms(state)) + round(profile.reservation_s * 1000) + live_ms
    state.put(COMBINED, key, Combined(assessed, due_ms))
    timers(state, _dues).add(due_ms, key)
    for asked in reservations(assessed, profile):
        out.emit(RESERVATIONS, asked.event_id, asked, asked.event_time_ms, cause=record)


def on_grants(chunk: Chunk, state: State, out: Outbox) -> None:
    """Take the events' answers; decide what has all of its."""
    for record, grant in decoded(chunk, Grant, out):
        key = f"{grant.operator}|{grant.bettor}|{grant.bet_id}"
        combined = state.get(COMBINED, key)
        if combined is None or combined.decision is not None:
            continue
        combined.grants[grant.leg] = grant
        state.put(COMBINED, key, combined)
        if len(combined.grants) == len(combined.assessed.bet.legs):
            _decide(key, combined, record, state, out)


def on_heartbeats(chunk: Chunk, state: State, out: Outbox) -> None:
    """Decide what has waited for too long."""
    for record, heartbeat in decoded(chunk, Heartbeat, out):
        at_ms = advance(state, heartbeat.event_time_ms)
        for _, key in timers(state, _dues).pop_due(at_ms):
            combined = state.get(COMBINED, key)
            if combined is None or combined.decision is not None:
                continue
            if combined.due_ms > at_ms:  # approved before it was due: its events have time from then on
                timers(state, _dues).add(combined.due_ms, key)
            elif combined.waits:
                _ask(key, combined.assessed, record, state, out)
            else:
                _decide(key, combined, record, state, out)


def _decide(key: str, combined: Combined, record: Record, state: State, out: Outbox) -> None:
    assessed = combined.assessed
    profile = profile_of(state, assessed.bet.operator)
    decision = decide_combined(assessed, profile, combined.grants)
    combined.decision = decision
    combined.sent += 1
    state.put(COMBINED, key, combined)
    _tell(decision, record, out)
    accepted = decision.decision == "accepted"
    for index, leg in enumerate(decision.legs):
        _send(combined, index, leg, record, out, commit=accepted)


def on_graded(chunk: Chunk, state: State, out: Outbox) -> None:
    """Take how legs came out: the bet is settled, or carried on to its open events."""
    for record, graded in decoded(chunk, LegGraded, out):
        key = f"{graded.operator}|{graded.bettor}|{graded.bet_id}"
        combined = state.get(COMBINED, key)
        if combined is None or combined.decision is None or combined.decision.decision != "accepted":
            continue
        known = combined.grades.get(graded.leg)
        if known is not None and known.version >= graded.version:
            continue
        combined.grades[graded.leg] = graded
        state.put(COMBINED, key, combined)
        _settle(combined, combined.decision, graded.event_time_ms, record, out)


def _settle(combined: Combined, decision: Decision, at_ms: int, record: Record, out: Outbox) -> None:
    legs = _carried(combined, decision)
    new = settle(decision, legs, combined.settlement, at_ms)
    if new is None:
        return
    combined.settlement = new
    combined.sent += 1
    out.emit(SETTLED, f"{new.operator}|{new.bettor}", new, at_ms, cause=record)
    for index, leg in enumerate(legs):
        # a leg that is graded holds nothing, whatever its book was told; open again, it holds that
        if leg.grade is None and leg.holds != combined.held.get(index, []):
            _send(combined, index, leg, record, out, commit=True)


def _carried(combined: Combined, decision: Decision) -> list[SettledLeg]:
    """Return the legs with their grades, and what the open ones carry now."""
    said = [combined.grades.get(index) for index in range(len(decision.legs))]
    grades = [None if graded is None else graded.grade for graded in said]
    places = [None if graded is None else graded.place for graded in said]
    held = carried_holds(decision.kind, decision.stake, decision.legs, grades, places)
    return [
        SettledLeg(
            event_id=leg.event_id,
            market=leg.market,
            outcome=leg.outcome,
            price=leg.price,
            grade=grade,
            place=place,
            places=leg.places,
            place_of=leg.place_of,
            holds=holds,
        )
        for leg, grade, place, holds in zip(decision.legs, grades, places, held, strict=True)
    ]


def _send(
    combined: Combined,
    index: int,
    leg: DecidedLeg | SettledLeg,
    record: Record,
    out: Outbox,
    *,
    commit: bool,
) -> None:
    bet, holds = combined.assessed.bet, leg.holds
    combined.held[index] = holds
    message = Reservation(
        operator=bet.operator,
        bettor=bet.bettor,
        bet_id=bet.bet_id,
        event_id=leg.event_id,
        version=combined.sent,
        action="commit" if commit else "release",
        leg=index,
        market=leg.market,
        outcome=leg.outcome,
        price=bet.legs[index].price,
        stake=sum(hold.stake for hold in holds),
        received_at_ms=combined.assessed.received_at_ms,
        event_time_ms=bet.event_time_ms,
        holds=holds if commit else [],
        places=leg.places,
        place_of=leg.place_of,
    )
    out.emit(RESERVATIONS, leg.event_id, message, bet.event_time_ms, cause=record)


def _tell(decision: Decision, record: Record, out: Outbox) -> None:
    out.emit(DECISIONS, decision.event_id, decision, decision.event_time_ms, cause=record)


def _dues(state: State) -> Iterable[Due]:
    return [(each.due_ms, key) for key, each in state.items(COMBINED) if each.decision is None]
