"""A measure over final scores, and what it says of markets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from domain.arrays import Array
from domain.markets import outcomes_of
from domain.states.settlement import CORRECT_SCORES, payoff
from domain.states.space import Space


@dataclass(frozen=True, eq=False)
class Measure:
    """Probabilities of the final scores of one event.

    Parameters
    ----------
    p : ndarray, shape (states,)
        Summing to one.
    rates : tuple of float
        Goals that the two sides were expected to score, by the process that the measure was fitted with and
        before it was tilted; empty where the sport's model has no such rates.
    """

    space: Space
    p: Array
    rates: tuple[float, ...] = ()

    def probability(self, market: str, outcome: str) -> float:
        """Return the inverse of the fair price: W / (1 - R).

        Raises
        ------
        ValueError
            For what scores do not settle, or a bet that is certain to be refunded.
        """
        win, refund = payoff(self.space, market, outcome)
        stays = 1.0 - float(refund @ self.p)
        if stays <= 1e-12:
            raise ValueError(f"{outcome!r} of {market!r} is always refunded")
        return float(win @ self.p) / stays

    def market(self, market: str) -> dict[str, float]:
        """Return the probabilities of a market whose outcomes its type fixes, in their order."""
        if market == "sets":
            return self.scores()
        outcomes = CORRECT_SCORES if market == "cs" else outcomes_of(market)
        return {outcome: self.probability(market, outcome) for outcome in outcomes}

    def scores(self) -> dict[str, float]:
        """Return the probability of each final score, such as ``2-1``."""
        states = zip(self.space.home, self.space.away, self.p, strict=True)
        return {f"{home:.0f}-{away:.0f}": float(p) for home, away, p in states}

    @classmethod
    def of_scores(cls, space: Space, scores: Mapping[str, float]) -> "Measure":
        """Return the measure that ``scores`` says; what is left out does not happen."""
        names = (f"{home:.0f}-{away:.0f}" for home, away in zip(space.home, space.away, strict=True))
        p = np.array([scores.get(name, 0.0) for name in names])
        return cls(space, p / p.sum())

    def combination(self, legs: Iterable[tuple[str, str]]) -> float:
        """Return the probability that all legs win: a bet builder on this event.

        Parameters
        ----------
        legs : iterable of (str, str)
            Market and outcome; none that can be refunded, since what such a leg pays depends on its price.
        """
        joint = np.ones(len(self.space))
        for market, outcome in legs:
            win, refund = payoff(self.space, market, outcome)
            if (refund > 0.0).any():
                raise ValueError(f"{market!r} can be refunded and is no leg of a combination")
            joint = joint * win
        return float(joint @ self.p)
