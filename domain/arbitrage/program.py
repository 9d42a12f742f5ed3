"""The best portfolio of bets over the cases, by linear programming, and the proof that there is none.

Over bets j with returns r_j(s) in case s: the largest v with sum_j x_j r_j(s) >= v for all s, x >= 0 and
sum x = 1; v > 1 is an arbitrage of margin v - 1. The dual is the smallest v for which some probabilities pi
of the cases have sum_s pi_s r_j(s) <= v for every bet. Such probabilities prove that there is none as long as
no new price returns more under them: so the program is solved anew only when a price breaks the proof, and a
price that does not is dealt with by one multiplication.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from domain.arbitrage.claims import Claims
from domain.arbitrage.opportunity import Offer
from domain.arrays import Array

LEAST_STAKE = 1e-6
"""A smaller share of the total is what the solver leaves."""


@dataclass(frozen=True, eq=False)
class Portfolio:
    """The best there is.

    Parameters
    ----------
    margin : float
        What it wins at worst, per unit staked; below 0: what it loses.
    stakes : ndarray, shape (selections,)
        Summing to one.
    probabilities : ndarray, shape (cases,)
        Under which no bet returns more than 1 + margin.
    """

    margin: float
    stakes: Array
    probabilities: Array


def best_portfolio(returns: Array) -> Portfolio:
    """Return the portfolio with the best worst case.

    Parameters
    ----------
    returns : ndarray, shape (selections, cases)
        What a unit stake gives back.

    Raises
    ------
    ArithmeticError
        If the solver fails.
    """
    bets, cases = returns.shape
    cost = np.zeros(cases + 1)
    cost[-1] = 1.0
    sums = np.ones((1, cases + 1))
    sums[0, -1] = 0.0
    solved = linprog(
        cost,
        A_ub=np.hstack([returns, np.full((bets, 1), -1.0)]),
        b_ub=np.zeros(bets),
        A_eq=sums,
        b_eq=[1.0],
        bounds=[(0.0, None)] * (cases + 1),
        method="highs-ds",
    )
    marginals = solved.ineqlin.marginals
    if solved.status != 0 or marginals is None:
        raise ArithmeticError(f"no best portfolio found: {solved.message}")
    stakes = np.maximum(-np.asarray(marginals), 0.0)
    stakes[stakes < LEAST_STAKE] = 0.0
    stakes /= stakes.sum()
    probabilities = np.maximum(np.asarray(solved.x)[:-1], 0.0)
    # The margin is that of these very stakes, whatever the solver's tolerance.
    return Portfolio(float((stakes @ returns).min()) - 1.0, stakes, probabilities / probabilities.sum())


class Proof:
    """Probabilities of the cases, as what each selection wins and is refunded under them."""

    def __init__(self, claims: Claims, probabilities: Array) -> None:
        self._by_selection = dict(
            zip(
                claims.selections,
                zip(
                    (claims.win @ probabilities).tolist(),
                    (claims.refund @ probabilities).tolist(),
                    strict=True,
                ),
                strict=True,
            )
        )

    def holds(self, market: str, offers: dict[str, Offer], least: float) -> bool:
        """Tell whether prices of a market still return no more than 1 + ``least``.

        False also for a selection that the proof does not know.
        """
        most = 1.0 + least
        for outcome, offer in offers.items():
            known = self._by_selection.get((market, outcome))
            if known is None or offer.net_price * known[0] + known[1] > most:
                return False
        return True
