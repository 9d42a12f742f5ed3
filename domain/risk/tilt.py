"""The skew over score states: one measure for all markets of an event, moved away from the book's losses.

    p~_s = p_s exp(-g W_s) / sum p exp(-g W)

with W the profit by score over all markets at once. Prices that are made of one measure, each no longer than
the inverse of its probability, leave no arbitrage among themselves, whatever the book holds.
"""

from dataclasses import replace

import numpy as np

from domain.risk.position import Position
from domain.skew import MAX_MOVE, skewed
from domain.states.measure import Measure


def tilted(measure: Measure, position: Position, risk_aversion: float, max_move: float = MAX_MOVE) -> Measure:
    """Return the measure at which one more small bet leaves the operator as well off as none.

    Parameters
    ----------
    risk_aversion : float
        Per minor unit, 0 or more.
    max_move : float
        The most by which the probability of any set of scores moves: ``domain.skew.skewed``.
    """
    profits = position.by_state(measure.space).tolist()
    moved = skewed(measure.p.tolist(), profits, risk_aversion, max_move)
    return replace(measure, p=np.array(moved))
