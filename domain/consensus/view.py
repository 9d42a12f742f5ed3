"""One book's prices as log-odds, and how far two such views are apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, log, sqrt

from domain.devig import devig_one

View = tuple[float, ...]
"""Log-odds log(p / (1 - p)) by outcome."""

MAX_SEEN = 65_536
ROUNDING = 1e-12

Limits = tuple[float, float, float, float]
"""Lowest and highest price, lowest and highest overround per winner."""


@dataclass(frozen=True)
class Reading:
    """How prices are read: the de-vig method, the number of winners, and the limits of what can be right.

    Views are remembered, since most books' prices are the same from one consensus to the next.
    """

    method: str
    winners: float
    limits: Limits
    seen: dict[tuple[float, ...], View | str] = field(default_factory=dict, compare=False, repr=False)

    def view(self, prices: tuple[float, ...]) -> View | str:
        """Return a book's view, or why its prices cannot be right: ``range`` or ``overround``."""
        known = self.seen.get(prices)
        if known is None:
            if len(self.seen) >= MAX_SEEN:
                self.seen.clear()
            known = self.seen[prices] = self._view(prices)
        return known

    def _view(self, prices: tuple[float, ...]) -> View | str:
        low, high, least, most = self.limits
        for price in prices:
            if not (low <= price <= high and price > 1.0):
                return "range"
        if not least <= sum([1.0 / price for price in prices]) / self.winners <= most:
            return "overround"
        return log_odds(devig_one(prices, self.method, self.winners))


@lru_cache(maxsize=256)
def reading(method: str, winners: float, limits: Limits) -> Reading:
    """Return the one ``Reading`` of these settings."""
    return Reading(method, winners, limits)


def log_odds(probabilities: Sequence[float]) -> View:
    """Return the log-odds of probabilities, which are held within 1e-9 of 0 and 1."""
    held = [min(max(p, 1e-9), 1.0 - 1e-9) for p in probabilities]
    return tuple([log(p / (1.0 - p)) for p in held])


def probabilities_of(view: Sequence[float], winners: float) -> tuple[float, ...]:
    """Return the probabilities of log-odds, scaled to sum to ``winners``."""
    p = [1.0 / (1.0 + exp(-x)) for x in view]
    scale = winners / sum(p)
    return tuple([x * scale for x in p])


def scale_at(x: float) -> float:
    """Return sqrt(p (1 - p)) at log-odds ``x``: by it log-odds differ alike for all outcomes."""
    e = exp(-abs(x))
    return sqrt(e) / (1.0 + e)


def departure(view: Sequence[float], centre: Sequence[float], scales: Sequence[float]) -> float:
    """Return the largest distance of a view from a centre over the outcomes."""
    return max([abs(x - c) * s for x, c, s in zip(view, centre, scales, strict=True)])


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the value with half of the weight on either side, halfway where it falls between two."""
    order = sorted(range(len(values)), key=values.__getitem__)
    half = 0.5 * sum(weights)
    enough = half * (1.0 - ROUNDING)
    below = 0.0
    for place, i in enumerate(order):
        below += weights[i]
        if below >= enough:
            if below <= half * (1.0 + ROUNDING) and place + 1 < len(order):
                return 0.5 * (values[i] + values[order[place + 1]])
            return values[i]
    return values[order[-1]]
