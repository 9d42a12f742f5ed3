"""Whether a bet came just before the price moved: who knows what is coming has to bet before it comes.

How often prices move differs from market to market and from feed to feed. So the time from a bet to the next
move is held against the usual time between moves of that very market: of bets at random, about a fifth come
within a quarter of it before a move.
"""

from collections.abc import Mapping, Sequence
from math import exp

from domain.clv import HORIZONS

JUST = 0.25
"""This share of the usual time between moves is just before."""

LEAST_MOVES = 3
"""Fewer moves tell of no usual time."""

MOVE = 0.005
"""A fair price has moved when the log of a probability has changed by this."""


_LESS, _MORE = exp(-MOVE), exp(MOVE)


def has_moved(before: Mapping[str, float], now: Mapping[str, float]) -> bool:
    """Tell whether fair probabilities have moved by more than a trifle; outcomes that come are a move."""
    if before.keys() != now.keys():
        return True
    return not all(p * _LESS <= now[outcome] <= p * _MORE for outcome, p in before.items())


def usual_gap_ms(moves_ms: Sequence[int]) -> int | None:
    """Return the mean time between moves, or None where there were too few; instants in order."""
    if len(moves_ms) < LEAST_MOVES:
        return None
    return (moves_ms[-1] - moves_ms[0]) // (len(moves_ms) - 1) or None


def just_before(moved_after_ms: int | None, gap_ms: int | None, waited_ms: int) -> bool | None:
    """Tell whether a bet came just before a move; None while, or where, that cannot be told.

    Parameters
    ----------
    moved_after_ms : int or None
        How long after the bet the price moved for the first time; None: not within ``waited_ms``.
    gap_ms : int or None
        The usual time between moves of the market, before the bet.
    """
    if gap_ms is None:
        return None
    if moved_after_ms is not None:
        return moved_after_ms <= JUST * gap_ms
    return False if waited_ms >= JUST * gap_ms else None


def told_now(moved_after_ms: int | None, gap_ms: int | None, waited_ms: int) -> bool | None:
    """Tell the same at the first of a bet's marks at which it can be told; None at all others.

    Parameters
    ----------
    waited_ms : int
        From the bet to the mark: one of the horizons, or the time to the close.
    """
    found = just_before(moved_after_ms, gap_ms, waited_ms)
    before = max([after for _, after in HORIZONS if after < waited_ms], default=0)
    earlier = moved_after_ms if moved_after_ms is not None and moved_after_ms <= before else None
    return None if before and just_before(earlier, gap_ms, before) is not None else found
