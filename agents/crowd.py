"""How often each operator's customers bet on each competition, as far as a partition has heard."""

from domain.sharps import is_obscure
from streams.state import Kind, State

CROWD = Kind("crowd", int)
"""Bets by operator and competition."""


def take_bet(state: State, operator: str, competition: str) -> bool | None:
    """Count a bet, and tell whether its competition was obscure before it."""
    if not competition:
        return None
    key = f"{operator}|{competition}"
    counts = _counts(state, operator)
    found = is_obscure(counts, competition)
    counts[competition] = counts.get(competition, 0) + 1
    state.put(CROWD, key, counts[competition])
    return found


def _counts(state: State, operator: str) -> dict[str, int]:
    crowds: dict[str, dict[str, int]] = state.local.setdefault("crowds", {})
    if operator not in crowds:
        begin = f"{operator}|"
        crowds[operator] = {key[len(begin) :]: count for key, count in state.items(CROWD, begin)}
    return crowds[operator]
