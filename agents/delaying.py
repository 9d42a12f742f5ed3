"""Bets that wait before they are decided: in play, as the pitch may overtake what they saw, or for who bets.

A bet is held until event time has moved on by the operator's delay, and is then looked at as if it came now:
against the price that stands then.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agents.clock import advance, now_ms
from agents.reviewing import concerns, reviewed
from agents.settling import key_of_bet
from agents.timers import Due, timers
from schemas import AssessedBet, OperatorCommand
from streams.state import Kind, State


@dataclass(slots=True)
class Delayed:
    """A bet, and when it is due, event time."""

    assessed: AssessedBet
    due_ms: int


DELAYED = Kind("delayed", Delayed, kept=False)
"""Asked for each bet, and there for few."""


def hold_back(assessed: AssessedBet, delay_ms: int, state: State) -> bool:
    """Hold a bet for a time; tell whether it waits (also when it has waited before, and comes again)."""
    key = key_of_bet(assessed)
    if state.get(DELAYED, key) is not None:
        return True
    if delay_ms <= 0:
        return False
    due_ms = max(assessed.event_time_ms, now_ms(state)) + delay_ms
    state.put(DELAYED, key, Delayed(assessed, due_ms))
    timers(state, _dues).add(due_ms, key)
    return True


def released(event_time_ms: int, state: State) -> list[AssessedBet]:
    """Return the bets that have waited long enough, in the order in which they fell due."""
    found = []
    for _, key in timers(state, _dues).pop_due(advance(state, event_time_ms)):
        delayed = state.get(DELAYED, key)
        if delayed is not None:
            state.delete(DELAYED, key)
            found.append(delayed.assessed)
    return found


def released_by(command: OperatorCommand, state: State) -> list[AssessedBet]:
    """Return the bet that a person has looked at; it waits no longer."""
    found = []
    if command.kind == "review" and command.approve is not None:
        for key, delayed in list(state.items(DELAYED)):
            if delayed.assessed.standing.review and concerns(command, delayed.assessed):
                state.delete(DELAYED, key)
                found.append(reviewed(delayed.assessed, approve=command.approve))
    return found


def _dues(state: State) -> Iterable[Due]:
    return [(delayed.due_ms, key) for key, delayed in state.items(DELAYED)]
