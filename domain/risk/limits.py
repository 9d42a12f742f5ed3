"""How much of a bet an operator takes: by who bets, by how sure the market is, by the room in the book."""

import numpy as np

from domain.arrays import Array

KELLY_SHARE = 0.25
"""A quarter of Kelly's stake: the edge is believed, not known, and growth falls by less than risk."""


def kelly_limit(bank: int, posterior_mean: float, share: float = KELLY_SHARE) -> int:
    """Return the most that a bettor may stake: share x bank x the book's edge, minor units.

    The book's edge on a bettor is minus the bettor's closing line value; a book that lays at fair odds and
    wins the edge e per unit staked grows fastest when it risks about the share e of its bank.

    Parameters
    ----------
    bank : int
        What the operator may lose, minor units.
    posterior_mean : float
        E[CLV] of the bettor; 0 or more leaves no edge and gives 0.
    """
    if bank < 0 or share < 0.0:
        raise ValueError("a bank and a share of it are 0 or more")
    return int(share * bank * max(0.0, -posterior_mean) + 1e-6)


def event_room(profits: Array, win: Array, refund: Array, price: float, limit: int) -> int:
    """Return the largest stake that keeps the worst state within ``limit``.

    A book that is beyond its limit already takes what does not deepen its worst state.

    Parameters
    ----------
    profits : ndarray, shape (states,)
        The book's profit by state so far, minor units.
    win, refund : ndarray, shape (states,)
        Shares of the stake that win and that are refunded.
    price : float
        Decimal odds above 1.
    limit : int
        The most that may be lost, minor units.
    """
    if price <= 1.0:
        raise ValueError(f"a price of {price} wins nothing")
    costs = win * price + refund - 1.0
    floor = max(float(limit), -float(profits.min()))
    deepened = costs > 1e-12
    room = (floor + profits[deepened]) / costs[deepened]
    return max(0, int(np.min(room, initial=2.0**53) + 1e-6))
