"""The skew over score states: one measure for all markets of an event, moved away from the book's losses.

    p~_s = p_s exp(-g W_s) / sum p exp(-g W)

with W the profit by score over all markets at once. Prices that are made of one measure, each no longer than
the inverse of its probability, leave no arbitrage among themselves, whatever the book holds. The bound on the
loss is that of ``domain.skew``: bets within ``stake_room`` of their quotes never lose more than
ln(1 / p_min) / g together, on whichever markets they are.
"""

from dataclasses import replace
from math import isfinite, log

import numpy as np

from domain.arrays import Array
from domain.bisection import largest_within
from domain.skew import MAX_MOVE, MIN_KEPT
from domain.states.measure import Measure


def tilted(measure: Measure, profits: Array, risk_aversion: float, max_move: float = MAX_MOVE) -> Measure:
    """Return the measure at which one more small bet leaves the operator as well off as none.

    Parameters
    ----------
    profits : ndarray, shape (states,)
        What the book wins in each state, minor units.
    risk_aversion : float
        Per minor unit, 0 or more.
    max_move : float
        The most by which the probability of any set of scores moves: ``domain.skew.skewed``, of which this is
        the same for many states.
    """
    if not (risk_aversion >= 0.0 and isfinite(risk_aversion) and np.isfinite(profits).all()):
        raise ValueError("risk aversion must be 0 or more, and all profits finite")
    p = measure.p
    full = _full(p, profits, risk_aversion)
    moves = full - p
    distance = float(moves[moves > 0.0].sum())
    share = 1.0 if distance <= max_move else max_move / distance
    lowest = float(np.min(moves / np.where(p > 0.0, p, 1.0)))
    if share * lowest < MIN_KEPT - 1.0:
        share = (1.0 - MIN_KEPT) / -lowest
    return replace(measure, p=p + share * moves)


def stake_room(
    p: Array, profits: Array, win: Array, refund: Array, price: float, risk_aversion: float
) -> float:
    """Return the largest stake at decimal odds ``price`` that leaves the operator no worse off, minor units.

    As ``domain.skew.stake_room``, for a bet that returns ``win`` x price + ``refund`` of its stake by state:
    it does so while ln sum p~ exp(g x (win price + refund)) <= g x, with p~ the measure fully tilted.
    """
    g, full = risk_aversion, _full(p, profits, risk_aversion)
    gains = win * price + refund - 1.0
    if float(full @ gains) >= 0.0:
        return 0.0
    likely = full[gains > 0.0]
    if not likely.any():
        return float("inf")

    def costs(x: float) -> float:
        power = g * x * gains
        top = float(power.max())
        return top + log(float(full @ np.exp(power - top)))

    # beyond this the state that gains most costs more by itself
    best = int(np.argmax(np.where(full > 0.0, gains, -1.0)))
    return largest_within(costs, 0.0, log(1.0 / float(full[best])) / (g * float(gains[best])) + 1.0)


def _full(p: Array, profits: Array, risk_aversion: float) -> Array:
    least = float(profits[p > 0.0].min())
    weights = np.where(p > 0.0, p * np.exp(-risk_aversion * np.maximum(profits - least, 0.0)), 0.0)
    return np.asarray(weights * (float(p.sum()) / float(weights.sum())))
