"""Shin (1992, 1993): a share z of the money knows the result, and the prices guard against it.

p = (sqrt(z^2 + 4 (1 - z) q^2 / B) - z) / (2 (1 - z)), with z such that the probabilities sum to one.
"""

import numpy as np

from domain.arrays import Array
from domain.devig.root import decreasing_root
from domain.devig.shift import multiplicative


def shin(q: Array, winners: float) -> Array:
    """Return Shin's probabilities, each market summing to ``winners``.

    With several winners the inverse prices are taken per winner (q / winners). A market without a margin has
    no z: multiplicative.
    """
    total = q.sum(axis=0)
    p = multiplicative(q, winners)
    charged = total > winners
    if charged.any():
        p[:, charged] = _charged(q[:, charged], total[charged], winners)
    return p


def _charged(q: Array, total: Array, winners: float) -> Array:
    square = q * q / (total * winners)

    def root(z: Array) -> Array:
        return np.sqrt(z * z + 4.0 * (1.0 - z) * square)

    def evaluate(z: Array) -> tuple[Array, Array]:
        # The formula times its conjugate, which has no 0/0 at z = 1.
        r = root(z)
        p = 2.0 * square / (z + r)
        slope = -p * (1.0 + (z - 2.0 * square) / r) / (z + r)
        return p.sum(axis=0) - 1.0, slope.sum(axis=0)

    zero = np.zeros_like(total)
    z = decreasing_root(evaluate, zero, zero, np.ones_like(total))
    p = 2.0 * square / (z + root(z))
    return np.asarray(p * (winners / p.sum(axis=0)))
