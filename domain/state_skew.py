"""The skew of one book over an event's final scores, as prices are made of it.

Where an event has a measure over scores, its markets are not separate: money on home is money on the unders
as well. The measure is tilted by the profit in each score over all markets at once (``domain.skew``), and
each market's fair probabilities move by what the tilt does to them:

    p'(A) = p(A) tilted(A) / measure(A), scaled to the same sum

so that a market keeps its own fair price where the book holds nothing, and all move together where it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from domain.arrays import Array
from domain.markets import type_of
from domain.risk.tilt import tilted
from domain.states.families import FAMILIES
from domain.states.measure import Measure
from domain.states.settlement import RULES, payoff
from domain.states.space import Space
from schemas import Exposure, FairPrice, MarketExposure

_NEVER = 1e-9
"""An outcome that the measure gives less is left where it is."""


def measure_of(scores: FairPrice) -> Measure | None:
    """Return the measure that a message of final scores tells; None where it tells none."""
    if scores.derived is None or not scores.probabilities:
        return None
    return Measure.of_scores(FAMILIES[scores.derived.sport].space, scores.probabilities)


def is_scored(market: str) -> bool:
    """Tell whether final scores settle a market."""
    return type_of(market) in RULES


@dataclass(frozen=True, eq=False)
class StateSkew:
    """One operator's tilt of one event.

    Parameters
    ----------
    scores_sequence : int
        Which measure it starts from.
    before, after : ndarray, shape (states,)
        The measure, and as the book tilts it.
    """

    scores_sequence: int
    space: Space
    before: Array
    after: Array

    def moved(self, market: str, outcomes: tuple[str, ...], probabilities: list[float]) -> list[float] | None:
        """Return fair probabilities as the tilt moves them; None where scores do not settle the market."""
        if not is_scored(market):
            return None
        try:
            win, stays = _rows(self.space, market, outcomes)
        except ValueError:
            return None
        measures = np.stack((self.before, self.after), axis=1)
        wins, stay = win @ measures, stays @ measures
        before, after = (wins / np.maximum(stay, _NEVER)).T
        ratio = np.where(before > _NEVER, after / np.maximum(before, _NEVER), 1.0)
        moved = np.asarray(probabilities) * ratio
        scale: float = sum(probabilities) / float(moved.sum())
        found: list[float] = (moved * scale).tolist()
        return found if max(found) < 1.0 else None


def state_skew(
    measure: Measure, scores_sequence: int, exposure: Exposure, risk_aversion: float
) -> StateSkew | None:
    """Return an operator's tilt of an event; None where its book holds nothing that scores settle."""
    profits = profit_by_state(measure.space, exposure.markets)
    if profits is None:
        return None
    after = tilted(measure, profits, risk_aversion)
    return StateSkew(scores_sequence, measure.space, measure.p, after.p)


def profit_by_state(space: Space, markets: Mapping[str, MarketExposure]) -> Array | None:
    """Return the book's profit in each state over the markets that scores settle; None where there is none.

    In a state in which a market is refunded it is for all of its outcomes alike, so that the stakes of the
    market as a whole are enough to know.
    """
    profit = None
    for market, held in markets.items():
        if not is_scored(market):
            continue
        try:
            win, stays = _rows(space, market, tuple(held.payouts))
        except ValueError:
            continue
        if profit is None:
            profit = np.zeros(len(space))
        if len(stays):
            profit += held.stakes * stays[0] - np.array(list(held.payouts.values()), dtype=np.float64) @ win
    return profit


@lru_cache(maxsize=5_000)
def _rows(space: Space, market: str, outcomes: tuple[str, ...]) -> tuple[Array, Array]:
    """Return which shares of the stakes win, and which are not refunded, both of shape (outcomes, states)."""
    rows = [payoff(space, market, outcome) for outcome in outcomes]
    shape = len(outcomes), len(space)
    win = np.array([row.win for row in rows]).reshape(shape)
    return win, 1.0 - np.array([row.refund for row in rows]).reshape(shape)
