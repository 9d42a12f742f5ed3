"""Where a function crosses zero, by halving."""

from collections.abc import Callable

_HALVINGS = 60


def largest_within(costs: Callable[[float], float], low: float, high: float) -> float:
    """Return the largest number between ``low`` and ``high`` at which ``costs`` is not above zero.

    Parameters
    ----------
    costs : callable
        Rises from ``low``, where it is not above zero.
    """
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if costs(middle) <= 0.0:
            low = middle
        else:
            high = middle
    return low
