"""A bracketed Newton iteration over many markets at once."""

from collections.abc import Callable

import numpy as np

from domain.arrays import Array

TOLERANCE = 1e-10
"""Of the last step; Newton squares it, so what is left is rounding."""
MAX_STEPS = 100


def decreasing_root(
    evaluate: Callable[[Array], tuple[Array, Array]], start: Array, low: Array, high: Array
) -> Array:
    """Return the roots of decreasing functions, one per market.

    Parameters
    ----------
    evaluate : callable
        From points of shape (markets,) to values and slopes there.
    start, low, high : ndarray, shape (markets,)
        First guesses, and bounds with ``f(low) >= 0 >= f(high)``.

    Returns
    -------
    ndarray, shape (markets,)
        A market that has converged is left alone, so that its root does not depend on its neighbours.
    """
    x = np.clip(start, low, high)
    active = np.ones(x.shape, dtype=np.bool_)
    for _ in range(MAX_STEPS):
        value, slope = evaluate(x)
        low = np.where(value > 0.0, x, low)
        high = np.where(value < 0.0, x, high)
        target = x - value / slope
        # Written so that NaN (a flat function) also falls back to bisection.
        target = np.where((target >= low) & (target <= high), target, 0.5 * (low + high))
        moved = np.abs(target - x)
        x = np.where(active, target, x)
        active &= moved > TOLERANCE * (1.0 + np.abs(x))
        if not active.any():
            break
    return x
