"""How a bettor picks a selection among offers."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import exp
from random import Random

from domain.population.classes import BettorClass
from domain.population.offers import Offer

Pick = tuple[Offer, str, bool]
"""An offer, one of its outcomes, and whether the bettor knew something."""


class Board:
    """All that an operator offers at an instant; at least one offer."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self.offers = offers
        even = all(offer.crowd == 1.0 for offer in offers)
        self._crowd = None if even else list(accumulate(offer.crowd for offer in offers))

    def any(self, rng: Random) -> Offer:
        """Return one, each as likely as the other."""
        return self.offers[int(rng.random() * len(self.offers))]

    def popular(self, rng: Random) -> Offer:
        """Return one as the crowd looks at them."""
        if self._crowd is None:
            return self.any(rng)
        return rng.choices(self.offers, cum_weights=self._crowd)[0]


def pick(kind: BettorClass, board: Board, rng: Random) -> Pick | None:
    """Return a selection for one bet, or None where the bettor finds nothing worth it."""
    if kind.knows == "nothing" or rng.random() >= kind.informed_share:
        return _as_the_crowd(board, rng)
    best: Pick | None = None
    best_edge = kind.least_edge
    for _ in range(kind.looks_at):
        offer = board.any(rng)
        for outcome, edge in _edges(kind, offer, rng):
            if edge > best_edge:
                best, best_edge = (offer, outcome, True), edge
    return best


def _as_the_crowd(board: Board, rng: Random) -> Pick:
    """Return a popular market's outcome; the likelier one is, the more of the crowd is on it."""
    offer = board.popular(rng)
    outcomes = list(offer.prices)
    return offer, rng.choices(outcomes, [1 / price for price in offer.prices.values()])[0], False


def _edges(kind: BettorClass, offer: Offer, rng: Random) -> list[tuple[str, float]]:
    """Return what the bettor expects to win per unit on each outcome, as far as it can tell."""
    known = offer.knowledge
    if kind.knows == "moved":
        return list((known.moved or {}).items())
    if kind.knows == "rivals":
        return _arbitrage(offer.prices, known.rivals)
    probabilities = {"close": known.close, "fair": known.fair, "soon": known.soon}[kind.knows]
    if probabilities is None:
        return []
    return [
        (outcome, price * probabilities[outcome] * exp(rng.gauss(0.0, kind.noise)) - 1)
        for outcome, price in offer.prices.items()
        if outcome in probabilities
    ]


def _arbitrage(prices: Mapping[str, float], rivals: Mapping[str, float] | None) -> list[tuple[str, float]]:
    """Return the margin of backing each outcome here and all others elsewhere."""
    if rivals is None or any(outcome not in rivals for outcome in prices):
        return []
    elsewhere = sum(1 / rivals[outcome] for outcome in prices)
    return [(outcome, 1 - elsewhere + 1 / rivals[outcome] - 1 / price) for outcome, price in prices.items()]
