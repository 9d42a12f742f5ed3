"""What to bet elsewhere so that the worst case shrinks: a linear program.

    min K   subject to   W_s + sum_j x_j (o_j win_j(s) + refund_j(s) - 1) >= -K  for every state s,
                         0 <= x_j <= the venue's limit

K may be negative: the hedge then locks in a profit. States in which all offers pay alike are one row, with
the least W among them; that is exact, and on a football match it leaves a few dozen rows of 169. Solved by
HiGHS (docs/decisions/0006). Among hedges that are as good, a second objective takes the one that costs least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from domain.arrays import Array
from domain.states.settlement import payoff
from domain.states.space import Space

COST_WEIGHT = 1e-3
"""What a unit of expected cost counts beside a unit of worst case: enough to choose between equals."""


class Venue(NamedTuple):
    """A selection that can be bet elsewhere.

    Parameters
    ----------
    book : str
        Where.
    price : float
        Decimal odds, after commission.
    most : int
        The largest stake that is taken there, minor units.
    """

    book: str
    market: str
    outcome: str
    price: float
    most: int


@dataclass(frozen=True, slots=True)
class HedgeLeg:
    """A bet to place."""

    venue: Venue
    stake: int


@dataclass(frozen=True, slots=True)
class Hedge:
    """Bets to place, and what they do.

    Parameters
    ----------
    legs : tuple of HedgeLeg
        Largest stake first.
    before, after : int
        The worst loss without and with them, minor units; a negative loss is a sure profit.
    cost : float
        What they lose on average under the measure, minor units; negative where they win.
    """

    legs: tuple[HedgeLeg, ...]
    before: int
    after: int
    cost: float


def hedge(
    profits: Array, space: Space, venues: Sequence[Venue], p: Array | None = None, least: int = 100
) -> Hedge:
    """Return the bets elsewhere that make the worst case least.

    Parameters
    ----------
    profits : ndarray, shape (states,)
        The book's profit by state, minor units.
    space : Space
        The states.
    venues : sequence of Venue
        On markets that scores settle.
    p : ndarray, shape (states,), optional
        Probabilities, for the cost; even if not given.
    least : int
        Stakes below this are left out, minor units.

    Raises
    ------
    ValueError
        For a market that scores do not settle, or figures that are not finite.
    """
    if not np.isfinite(profits).all():
        raise ValueError("profits are finite")
    measure = np.full(len(space), 1.0 / len(space)) if p is None else p
    before = -float(profits.min())
    wins = np.array([_wins(space, venue) for venue in venues]).reshape(len(venues), len(space))
    stakes = _solve(profits, wins, measure, [venue.most for venue in venues]) if venues else np.zeros(0)
    whole = np.floor(stakes + 1e-6)
    whole[whole < least] = 0.0
    after = -float((profits + whole @ wins).min())
    if after >= before:
        return Hedge((), round(before), round(before), 0.0)
    legs = [HedgeLeg(venue, int(x)) for venue, x in zip(venues, whole, strict=True) if x > 0.0]
    legs.sort(key=lambda leg: -leg.stake)
    return Hedge(tuple(legs), round(before), round(after), -float(whole @ wins @ measure))


def _wins(space: Space, venue: Venue) -> Array:
    """Return what one unit at a venue wins in each state."""
    win, refund = payoff(space, venue.market, venue.outcome)
    return np.asarray(venue.price * win + refund - 1.0)


def _solve(profits: Array, wins: Array, measure: Array, most: Sequence[int]) -> Array:
    patterns, group = np.unique(wins.T, axis=0, return_inverse=True)
    worst = np.full(len(patterns), np.inf)
    np.minimum.at(worst, group.ravel(), profits)
    # In units of the largest profit, so that HiGHS' absolute tolerances mean the same for any book.
    scale = max(1.0, float(np.abs(profits).max()))
    found = linprog(
        np.append(-COST_WEIGHT * (wins @ measure), 1.0),
        A_ub=np.hstack([-patterns, -np.ones((len(patterns), 1))]),
        b_ub=worst / scale,
        bounds=[*((0.0, limit / scale) for limit in most), (None, None)],
        method="highs-ds",
    )
    if found.x is None:  # x = 0 fits every book
        raise ArithmeticError(f"HiGHS: {found.message}")
    return np.asarray(found.x[:-1] * scale)
