"""How much of a bet an operator takes: by the room in the book over score states."""

import numpy as np

from domain.arrays import Array


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
