"""What bets on the markets of a group win, case by case."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np

from domain.arbitrage.groups import LEAD, SCORE, Selection
from domain.arbitrage.opportunity import Offer
from domain.arrays import Array
from domain.markets import parse
from domain.states.settlement import payoff
from domain.states.space import FOOTBALL, Space


@dataclass(frozen=True, eq=False)
class Claims:
    """What some selections win, by the cases that they tell apart.

    Parameters
    ----------
    win, refund : ndarray, shape (selections, cases)
        Shares of the stake.
    """

    selections: tuple[Selection, ...]
    win: Array
    refund: Array

    def returns(self, offers: Sequence[Offer]) -> Array:
        """Return what a unit stake on each selection gives back in each case, at net prices."""
        prices = np.array([offer.net_price for offer in offers])
        return np.asarray(prices[:, None] * self.win + self.refund)


@lru_cache(maxsize=20_000)
def claims(group: str, selections: tuple[Selection, ...]) -> Claims:
    """Return what selections of one group win; scores that none of them tells apart are one case.

    Raises
    ------
    ValueError
        For an outcome that the market has not.
    """
    space = FOOTBALL if group == SCORE else _line_space(group, frozenset(market for market, _ in selections))
    pays = [payoff(space, market, outcome) for market, outcome in selections]
    rows = np.array([[*pay.win, *pay.refund] for pay in pays]).reshape(len(pays), 2, len(space))
    cases = np.unique(rows.reshape(2 * len(pays), len(space)), axis=1).reshape(len(pays), 2, -1)
    return Claims(selections, np.ascontiguousarray(cases[:, 0]), np.ascontiguousarray(cases[:, 1]))


@lru_cache(maxsize=2_000)
def _line_space(group: str, markets: frozenset[str]) -> Space:
    """Return the leads or totals around the lines: between two of these nothing changes."""
    lines = {parse(market).line for market in markets}
    turned = {-line for line in lines} if group == LEAD else lines
    points = {float(whole) for line in turned for whole in range(floor(line) - 1, ceil(line) + 2)}
    values = np.array(sorted(points))
    return Space(group, values, np.zeros(len(values)))
