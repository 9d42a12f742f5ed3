"""What a price rule is, and what it looks at."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from domain.ladder import LADDERS, Ladder
from schemas import PriceBasis, PriceRules

Prices = dict[str, float]
"""Decimal odds by outcome."""


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """A market whose prices are to be set.

    Parameters
    ----------
    rules : PriceRules
        The operator's settings.
    basis : PriceBasis
        What other books show, what a trader wants, what the operator's other prices leave.
    standing : mapping of str to float
        What is offered now; empty where nothing is.
    seconds : float
        Since it has been offered.
    """

    rules: PriceRules
    basis: PriceBasis
    standing: Mapping[str, float]
    seconds: float

    @property
    def ladder(self) -> Ladder:
        """The prices that may be shown."""
        return LADDERS[self.rules.ladder]


class PriceRule(ABC):
    """One thing that prices keep to."""

    @abstractmethod
    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Return the prices with the rule kept."""


def shortened(prices: Prices, most: Mapping[str, float], ladder: Ladder) -> Prices:
    """Return prices none of which is longer than ``most`` says, on the ladder."""
    return {
        outcome: ladder.round_down(most[outcome]) if price > most.get(outcome, price) else price
        for outcome, price in prices.items()
    }
