"""Legs of bets on several events, as their events' books hold them: asked for, then committed or released.

What the bettor's coordinator sends about a bet carries a version; the highest that came stands. So a message
that comes twice, late, or behind the one that followed it changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from agents.allotting import lacking, tell_use
from agents.books import change, publish
from agents.delaying import hold_back
from schemas import Grade, Grant, Hold, Reservation
from streams.records import Chunk, Record
from streams.stage import Outbox, decoded
from streams.state import Kind, State
from streams.topics import GRANTS

Decide = Callable[[Reservation, State], Grant]
DelayMs = Callable[[Reservation, State], int]


@dataclass(slots=True)
class Held:
    """A leg in its event's book.

    Parameters
    ----------
    version : int
        The highest that the coordinator has sent.
    leg : int
        Which leg of its bet it is.
    grant : Grant or None
        What was answered; None where nothing was asked before the bet was decided.
    holds : list of Hold
        What the book holds for it, or would again if its grade were taken back.
    committed : bool
        Whether the bet is accepted.
    grade, grade_version : Grade or None, int
        How it came out; while it is graded the book holds nothing for it.
    places, place : int or None, Grade or None
        Each-way: among how many the place part is paid, and how it came out.
    """

    version: int
    leg: int
    market: str
    outcome: str
    grant: Grant | None = None
    holds: list[Hold] = field(default_factory=list)
    committed: bool = False
    grade: Grade | None = None
    grade_version: int = 0
    places: int | None = None
    place: Grade | None = None


HELD = Kind("held", Held)


def key_of(about: Reservation) -> str:
    """Return the key of a leg: all legs of an event begin alike."""
    return f"{about.event_id}|{about.operator}|{about.bettor}|{about.bet_id}"


def reserve(chunk: Chunk, state: State, out: Outbox, decide: Decide, delay_ms: DelayMs) -> list[Reservation]:
    """Follow what coordinators send; return those whose bets are accepted now."""
    committed = []
    for record, asked in decoded(chunk, Reservation, out):
        key = key_of(asked)
        held = state.get(HELD, key)
        if asked.action == "reserve":
            if held is not None or not hold_back(key, asked, delay_ms(asked, state), state):
                answer(asked, record, state, out, decide)
        elif held is None or asked.version > held.version:
            held = held or Held(0, asked.leg, asked.market, asked.outcome, places=asked.places)
            if _follow(held, asked, state):
                publish(state, out, asked.event_id, asked.operator, asked.event_time_ms, record)
            state.put(HELD, key, held)
            if held.committed:
                committed.append(asked)
    return committed


def answer(asked: Reservation, record: Record, state: State, out: Outbox, decide: Decide) -> None:
    """Check a leg and hold it, once; tell the coordinator, unless the bet was decided before it was asked."""
    key = key_of(asked)
    held = state.get(HELD, key)
    if held is None:
        grant = decide(asked, state)
        held = Held(1, asked.leg, asked.market, asked.outcome, grant, grant.decided.holds)
        held.places = asked.places
        state.put(HELD, key, held)
        if lack := lacking(grant.decided.stood_on, grant.rules):
            at_ms = asked.event_time_ms
            tell_use(state, out, asked.event_id, asked.operator, at_ms, record, lack)
        if change(state, asked.event_id, asked.operator, reserve=held.holds):
            publish(state, out, asked.event_id, asked.operator, asked.event_time_ms, record)
    if held.grant is not None:
        to = f"{asked.operator}|{asked.bettor}"
        out.emit(GRANTS, to, held.grant, asked.event_time_ms, cause=record)


def _follow(held: Held, asked: Reservation, state: State) -> bool:
    """Take the holds that are sent in place of those that stand; tell whether the book has changed."""
    before, held.holds = held.holds, asked.holds
    held.version, held.committed = asked.version, asked.action == "commit"
    if held.grade is not None or before == held.holds:
        return False
    return change(state, asked.event_id, asked.operator, reserve=held.holds, release=before)
