"""Power: p = q^k. Clarke, Kovalchik, Ingram (2017), Adjusting bookmaker's odds to allow for overround."""

from collections.abc import Sequence
from math import exp, inf, log

import numpy as np

from domain.arrays import Array
from domain.devig.root import MAX_STEPS, decreasing_root

PRICE_RANGE = "a price must be finite and above 1"
LAST_STEP = 1e-9


def power(q: Array, winners: float) -> Array:
    """Return q^k with k such that each market sums to ``winners``.

    Newton on log sum q^k, which is nearly linear in k: three or four steps.
    """
    rate = -np.log(q)
    spread = np.log(len(q) / winners)

    def evaluate(k: Array) -> tuple[Array, Array]:
        terms = np.exp(-k * rate)
        total = terms.sum(axis=0)
        return np.log(total / winners), -(terms * rate).sum(axis=0) / total

    low, high = spread / rate.max(axis=0), spread / rate.min(axis=0)
    p = np.exp(-decreasing_root(evaluate, np.ones_like(low), low, high) * rate)
    return np.asarray(p * (winners / p.sum(axis=0)))


def power_one(prices: Sequence[float], winners: float) -> list[float]:
    """Return what ``power`` gives for one market, from its prices.

    Raises
    ------
    ValueError
        For a price that is not finite and above 1.
    """
    total = 0.0
    rates = []
    for price in prices:
        if not 1.0 < price < inf:
            raise ValueError(PRICE_RANGE)
        total += 1.0 / price
        rates.append(log(price))
    # log sum q^k is convex and falls: from the left of the root Newton climbs to it without overshooting.
    k = 1.0 if total >= winners else log(len(rates) / winners) / max(rates)
    for _ in range(MAX_STEPS):
        total = slope = 0.0
        for rate in rates:
            term = exp(-k * rate)
            total += term
            slope += term * rate
        step = log(total / winners) * total / slope
        k += step
        if -LAST_STEP < step < LAST_STEP:
            break
    terms = [exp(-k * rate) for rate in rates]
    scale = winners / sum(terms)
    return [term * scale for term in terms]
