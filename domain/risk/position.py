"""One operator's accepted bets on one event, and what they win or lose in each of its states.

Where scores settle a market and the event has a measure, the profit is by score, over all such markets at
once: bets on the same match that win and lose together are seen to. Any other market is by outcome and stands
by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from domain.arrays import Array
from domain.book import payout
from domain.markets import type_of
from domain.states.board import Selection
from domain.states.measure import Measure
from domain.states.settlement import RULES, payoff
from domain.states.space import Space


@dataclass(slots=True)
class Held:
    """What is held on one selection, minor units: the stakes, and what is paid if it wins outright."""

    stakes: int = 0
    payouts: int = 0


@dataclass(slots=True)
class Position:
    """Accepted bets by selection. The cost of a bet does not depend on how many there are.

    Parameters
    ----------
    held : dict of (str, str) to Held
        By market and outcome.
    """

    held: dict[Selection, Held] = field(default_factory=dict)

    def take(self, market: str, outcome: str, stake: int, pays: int) -> None:
        """Take a bet in; ``pays`` is what it is paid if it wins, stake included. Minor units."""
        held = self.held.setdefault((market, outcome), Held())
        held.stakes += stake
        held.payouts += pays

    def take_at(self, market: str, outcome: str, stake: int, price: float) -> None:
        """Take a bet in at decimal odds."""
        self.take(market, outcome, stake, payout(stake, price))

    def release(self, market: str, outcome: str, stake: int, pays: int) -> None:
        """Take out what ``take`` took in.

        Raises
        ------
        ValueError
            For more than is held.
        """
        held = self.held.get((market, outcome), Held())
        if stake > held.stakes or pays > held.payouts:
            raise ValueError(f"{outcome} of {market}: {stake} that pays {pays} is not held")
        held.stakes -= stake
        held.payouts -= pays
        if held.stakes == 0 and held.payouts == 0:
            del self.held[market, outcome]

    def by_state(self, space: Space) -> Array:
        """Return the profit in each state, minor units, of the markets that scores settle."""
        profit = np.zeros(len(space))
        for (market, outcome), held in self.held.items():
            if type_of(market) in RULES:
                win, refund = payoff(space, market, outcome)
                profit += held.stakes * (1.0 - refund) - held.payouts * win
        return profit

    def by_outcome(self, market: str, outcomes: tuple[str, ...]) -> Array:
        """Return the profit of one market by outcome, minor units."""
        stakes = sum(held.stakes for (name, _), held in self.held.items() if name == market)
        paid = [self.held.get((market, outcome), Held()).payouts for outcome in outcomes]
        return stakes - np.array(paid, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Lottery:
    """A profit that depends on one draw: the score of an event, or the outcome of one of its other markets.

    Parameters
    ----------
    p : ndarray, shape (states,)
        Probabilities, summing to one.
    profit : ndarray, shape (states,)
        What the book wins in each state, minor units; negative is a loss.
    """

    p: Array
    profit: Array

    @property
    def worst_case(self) -> float:
        """The most that can be lost, 0 or more, over the states that can happen."""
        return max(0.0, -float(self.profit[self.p > 0.0].min(initial=0.0)))

    @property
    def expected(self) -> float:
        """The mean profit."""
        return float(self.p @ self.profit)

    @cached_property
    def variance(self) -> float:
        """The variance of the profit."""
        return float(self.p @ (self.profit - self.expected) ** 2)


SCORED = ""
"""Names the lottery over final scores among those of markets."""


def lotteries(
    position: Position, measure: Measure | None, fair: Mapping[str, Mapping[str, float]]
) -> list[Lottery]:
    """Return what an event's position depends on, each independent of the others.

    Worst cases, expected profits and variances of an event are the sums over these.

    Parameters
    ----------
    measure : Measure or None
        Over the event's scores; None: every market is by outcome.
    fair : mapping of str to mapping of str to float
        Probabilities by market and outcome, for the markets that scores do not settle. A market that is not
        in it is taken as even: what is not known may be anything.
    """
    return [lottery for lottery, _ in named_lotteries(position, measure, fair).values()]


def named_lotteries(
    position: Position, measure: Measure | None, fair: Mapping[str, Mapping[str, float]]
) -> dict[str, tuple[Lottery, tuple[str, ...]]]:
    """Return the same by market, with the market's outcomes; ``SCORED`` for that over final scores."""
    found: dict[str, tuple[Lottery, tuple[str, ...]]] = {}
    apart: dict[str, list[str]] = {}
    scored = False
    for market, outcome in position.held:
        if measure is not None and type_of(market) in RULES:
            scored = True
        else:
            apart.setdefault(market, []).append(outcome)
    if measure is not None and scored:
        found[SCORED] = Lottery(measure.p, position.by_state(measure.space)), ()
    for market, seen in sorted(apart.items()):
        known = fair.get(market, {})
        outcomes = tuple(sorted({*known, *seen}))
        p = np.array([known.get(outcome, 0.0) for outcome in outcomes])
        if p.sum() <= 0.0 or len(outcomes) == 1:
            outcomes = (*outcomes, "")  # something else may come
            p = np.full(len(outcomes), 1.0)
        found[market] = Lottery(p / p.sum(), position.by_outcome(market, outcomes)), outcomes
    return found
