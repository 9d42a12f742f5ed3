"""Which markets of an event speak of the same thing, and what their bets win in each case.

Markets are held against each other only where one score settles them all, by the same rules: in football all
that the score after regular time settles; elsewhere totals among themselves and handicaps among themselves,
and the winner with the handicaps where overtime counts for both. Tennis has its winner by sets and its
handicap by games, baseball its winner after a shortened game that voids the run line: there they are kept
apart. Cases that cannot happen (a draw where overtime decides) only make it harder to find something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from types import MappingProxyType

import numpy as np

from domain.arbitrage.opportunity import Offer
from domain.arrays import Array
from domain.markets import Market, parse
from domain.states.settlement import payoff
from domain.states.space import FOOTBALL, Space

Selection = tuple[str, str]
"""Market and outcome."""

SCORE, LEAD, TOTAL = "score", "lead", "total"

FOOTBALL_TYPES = frozenset({"1x2", "dc", "dnb", "ah", "ou", "btts", "oe", "ou_home", "ou_away", "cs"})
OVERTIME_COUNTS = frozenset({"icehockey", "hockey", "basketball", "americanfootball"})
"""Sports in which overtime counts for the winner, the handicap and the total alike."""

LONGEST = MappingProxyType({"ah": 6.0, "ou": 12.0, "ou_home": 6.0, "ou_away": 6.0})
"""Football lines beyond these are left out: scores end at 12."""


def group_of(sport: str, market: str) -> str | None:
    """Return what a market is settled by, for the markets of one event to be held against each other.

    Parameters
    ----------
    sport : str
        As in the fixture; empty where it is not known.

    Returns
    -------
    str or None
        ``score``, ``lead`` or ``total``; None: the market stands alone.
    """
    try:
        parsed = parse(market)
    except ValueError:
        return None
    kind = parsed.type.key
    if sport == "soccer":
        return SCORE if kind in FOOTBALL_TYPES and _within(parsed) else None
    if kind == "ah" or (kind == "ml" and sport in OVERTIME_COUNTS):
        return LEAD
    return TOTAL if kind == "ou" else None


def _within(market: Market) -> bool:
    return abs(market.line) <= LONGEST.get(market.type.key, market.line) or not market.type.lined


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
