"""The methods that take something off each inverse price: p = q - t s, with t from the sum.

Multiplicative takes in proportion to q; additive the same from each; goto in proportion to the standard
error sqrt(1 - q) (K. Goto, goto_conversion).
"""

import numpy as np

from domain.arrays import Array

FLOOR = 0.1
"""No outcome is taken below this share of its multiplicative probability."""


def multiplicative(q: Array, winners: float) -> Array:
    """Return q scaled to sum to ``winners``."""
    return shifted(q, q, winners)


def additive(q: Array, winners: float) -> Array:
    """Return q less the same amount each."""
    return shifted(q, np.ones_like(q), winners)


def goto(q: Array, winners: float) -> Array:
    """Return q less an amount in proportion to sqrt(1 - q)."""
    return shifted(q, np.sqrt(1.0 - q), winners)


def shifted(q: Array, weight: Array, winners: float) -> Array:
    """Return q - t weight, kept between a floor and 1, with t such that each market sums to ``winners``.

    Parameters
    ----------
    q, weight : ndarray, shape (n, markets)
        Inverse prices, and what each bears of the margin; positive.
    """
    total = q.sum(axis=0)
    p: Array = q - (total - winners) / weight.sum(axis=0) * weight
    floor = FLOOR * q * np.minimum(winners / total, 1.0)
    odd = ((p < floor) | (p > 1.0)).any(axis=0)
    if odd.any():
        p[:, odd] = _bounded(q[:, odd], weight[:, odd], floor[:, odd], winners)
    return p


def _bounded(q: Array, weight: Array, floor: Array, winners: float) -> Array:
    """Fix what leaves its bounds and let the rest bear what is left, until nothing leaves."""
    free = np.ones(q.shape, dtype=np.bool_)
    p = q
    for _ in range(len(q)):
        t = (np.where(free, q, p).sum(axis=0) - winners) / np.where(free, weight, 0.0).sum(axis=0)
        p = np.where(free, q - t * weight, p)
        outside = free & ((p < floor) | (p > 1.0))
        if not outside.any():
            break
        p = np.where(outside, np.clip(p, floor, 1.0), p)
        free &= ~outside
    return p
