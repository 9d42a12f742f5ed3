"""How long a market's prices may be, so that an operator's prices on one event leave no arbitrage.

Over the markets that one score settles, prices leave none exactly if there are probabilities of the scores
under which no bet is worth more than it costs (``domain.arbitrage.program``). Such probabilities are kept: as
long as new prices respect them too, that is one multiplication per outcome. They are those under which the
best bet is worth least, so that they bear moves up to about the margin before they must be found anew.

Where there are none, the market that is being priced gives way: its prices are shortened to what
probabilities that all other markets respect leave it, as little as possible in all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from domain.arbitrage.claims import Claims, claims
from domain.arbitrage.groups import Selection, group_of
from domain.arbitrage.program import best_portfolio
from domain.arrays import Array

ROUNDING = 1e-9

OtherPrices = Callable[[], Mapping[str, Mapping[str, float]]]
"""Gives the operator's open prices on the event: market -> outcome -> decimal odds."""


@dataclass(slots=True)
class PriceBounds:
    """One operator's prices on one event; forgetting it costs a program, nothing else.

    Parameters
    ----------
    proofs : dict of str to dict
        By group of markets: what each selection wins and is refunded under the probabilities that are kept.
    """

    proofs: dict[str, dict[Selection, tuple[float, float]]] = field(default_factory=dict)

    def of(
        self, sport: str, market: str, prices: Mapping[str, float], others: OtherPrices
    ) -> dict[str, float]:
        """Return the longest price by outcome of those that are too long; empty where all may stand.

        Parameters
        ----------
        prices : mapping of str to float
            What the market is to be offered at.
        others : callable
            Asked only when the kept probabilities do not do.
        """
        group = group_of(sport, market)
        if group is None or not prices:
            return {}
        proof = self.proofs.get(group)
        if proof is not None and all(
            (known := proof.get((market, outcome))) is not None
            and price * known[0] + known[1] <= 1.0 + ROUNDING
            for outcome, price in prices.items()
        ):
            return {}
        return self._settle(group, sport, market, prices, others())

    def _settle(
        self,
        group: str,
        sport: str,
        market: str,
        prices: Mapping[str, float],
        others: Mapping[str, Mapping[str, float]],
    ) -> dict[str, float]:
        together = {
            name: its for name, its in others.items() if name != market and group_of(sport, name) == group
        }
        if not together:
            self.proofs.pop(group, None)
            return {}
        together[market] = prices
        rows = [
            ((name, outcome), price)
            for name in sorted(together)
            for outcome, price in sorted(together[name].items())
        ]
        speaks = claims(group, tuple(selection for selection, _ in rows))
        odds = np.array([price for _, price in rows])
        best = best_portfolio(odds[:, None] * speaks.win + speaks.refund)
        if best.margin <= ROUNDING:
            self._keep(group, speaks, best.probabilities)
            return {}
        own = np.array([name == market for (name, _), _ in rows])
        found = _giving_way(speaks, odds, own)
        if found is None:  # the others make one by themselves: a trader's override
            self.proofs.pop(group, None)
            return {}
        self._keep(group, speaks, found)
        wins, refunds = speaks.win @ found, speaks.refund @ found
        return {
            outcome: (1.0 - float(refund)) / float(win)
            for ((name, outcome), price), win, refund in zip(rows, wins, refunds, strict=True)
            if name == market and price * win + refund > 1.0 + ROUNDING
        }

    def _keep(self, group: str, speaks: Claims, probabilities: Array) -> None:
        wins, refunds = (speaks.win @ probabilities).tolist(), (speaks.refund @ probabilities).tolist()
        self.proofs[group] = dict(zip(speaks.selections, zip(wins, refunds, strict=True), strict=True))


def _giving_way(speaks: Claims, odds: Array, own: Array) -> Array | None:
    """Return probabilities that the other prices respect and the own break least, or None."""
    returns = odds[:, None] * speaks.win + speaks.refund
    bets, cases = returns.shape
    slack = -np.eye(bets)[:, own]
    count = int(own.sum())
    solved = linprog(
        np.concatenate([np.zeros(cases), np.ones(count)]),
        A_ub=np.hstack([returns, slack]),
        b_ub=np.ones(bets),
        A_eq=np.concatenate([np.ones(cases), np.zeros(count)])[None, :],
        b_eq=[1.0],
        bounds=(0.0, None),
        method="highs-ds",
    )
    if solved.x is None:
        return None
    found = np.maximum(solved.x[:cases], 0.0)
    return np.asarray(found / found.sum())
