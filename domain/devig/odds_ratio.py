"""Odds ratio: p = q / (c + q - c q), the odds of each outcome divided by the same c (K. Cheung)."""

import numpy as np

from domain.arrays import Array
from domain.devig.root import decreasing_root


def odds_ratio(q: Array, winners: float) -> Array:
    """Return the probabilities whose odds are those of q over c, each market summing to ``winners``."""
    log_odds = np.log(q) - np.log1p(-q)
    share = winners / len(q)
    level = np.log(share / (1.0 - share))

    def evaluate(log_c: Array) -> tuple[Array, Array]:
        p = 1.0 / (1.0 + np.exp(log_c - log_odds))
        return p.sum(axis=0) - winners, -(p * (1.0 - p)).sum(axis=0)

    low, high = log_odds.min(axis=0) - level, log_odds.max(axis=0) - level
    log_c = decreasing_root(evaluate, np.zeros_like(low), low, high)
    p = 1.0 / (1.0 + np.exp(log_c - log_odds))
    return np.asarray(p * (winners / p.sum(axis=0)))
