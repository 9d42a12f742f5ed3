"""Bets that wait before they are decided: in play, as the pitch may overtake what they saw, or for who bets.

A bet, or a leg of one on several events, is held until event time has moved on by the operator's delay, and
is then looked at as if it came now: against the price that stands then.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agents.clock import advance, now_ms
from agents.reviewing import concerns, reviewed
from agents.timers import Due, timers
from schemas import AssessedBet, OperatorCommand, Reservation
from streams.state import Kind, State


@dataclass(slots=True)
class Delayed:
    """A bet or a leg, and when it is due, event time."""

    waiting: AssessedBet | Reservation
    due_ms: int


DELAYED = Kind("delayed", Delayed, kept=False)
"""Asked for each bet, and there for few."""


def hold_back(key: str, waiting: AssessedBet | Reservation, delay_ms: int, state: State) -> bool:
    """Hold a bet or a leg for a time; tell whether it waits (also when it waits already, and comes again)."""
    if state.get(DELAYED, key) is not None:
        return True
    if delay_ms <= 0:
        return False
    due_ms = max(waiting.event_time_ms, now_ms(state)) + delay_ms
    state.put(DELAYED, key, Delayed(waiting, due_ms))
    timers(state, _dues).add(due_ms, key)
    return True


def released(event_time_ms: int, state: State) -> list[AssessedBet | Reservation]:
    """Return what has waited long enough, in the order in which it fell due."""
    found = []
    for _, key in timers(state, _dues).pop_due(advance(state, event_time_ms)):
        delayed = state.get(DELAYED, key)
        if delayed is not None:
            state.delete(DELAYED, key)
            found.append(delayed.waiting)
    return found


def released_by(command: OperatorCommand, state: State) -> list[AssessedBet]:
    """Return the bet that a person has looked at; it waits no longer."""
    found = []
    if command.kind == "review" and command.approve is not None:
        for key, delayed in list(state.items(DELAYED)):
            bet = delayed.waiting
            if isinstance(bet, AssessedBet) and bet.standing.review and concerns(command, bet):
                state.delete(DELAYED, key)
                found.append(reviewed(bet, approve=command.approve))
    return found


def _dues(state: State) -> Iterable[Due]:
    return [(delayed.due_ms, key) for key, delayed in state.items(DELAYED)]
