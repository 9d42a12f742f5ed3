"""The tail of a portfolio of events: value at risk and expected shortfall, by Monte Carlo.

Events are independent; each is drawn by its inverse distribution function over its states sorted by profit,
once with u and once with 1 - u. Profit is monotone in u within an event, so the two draws of a pair go
opposite ways and their mean varies less than that of two independent draws (antithetic variates). Standard
errors come from the scatter of batches of pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from domain.arrays import Array
from domain.risk.accumulators import Drawn
from domain.risk.position import Lottery

LEVELS = (0.95, 0.99)
BATCHES = 25


class Estimate(NamedTuple):
    """A figure and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Tail:
    """What a portfolio may lose; minor units.

    Parameters
    ----------
    expected, sd : Estimate, float
        Mean and standard deviation of the profit.
    value_at_risk : mapping of float to Estimate
        By level: the loss that is not exceeded with that probability; negative is a profit.
    shortfall : mapping of float to Estimate
        By level: the mean of the losses beyond.
    worst_case : float
        The most that can be lost, if every event and every accumulator went wrong at once.
    draws : int
        How many there were.
    """

    expected: Estimate
    sd: float
    value_at_risk: Mapping[float, Estimate]
    shortfall: Mapping[float, Estimate]
    worst_case: float
    draws: int


def tail(
    lotteries: Sequence[Lottery],
    accumulators: Sequence[tuple[int, Sequence[Drawn]]] = (),
    pairs: int = 10_000,
    seed: int = 1,
) -> Tail:
    """Return the tail of independent lotteries and of bets across them.

    Parameters
    ----------
    accumulators : sequence of (int, sequence of Drawn)
        Stake in minor units, and the legs.
    pairs : int
        Of draws; a multiple of 25 and at least 2,500, so that each batch sees the 99% tail.
    seed : int
        The same seed gives the same figures.
    """
    if pairs < 100 * BATCHES or pairs % BATCHES:
        raise ValueError(f"{pairs} pairs: a multiple of {BATCHES} from {100 * BATCHES} on is needed")
    rng = np.random.default_rng(seed)
    profits = np.zeros(2 * pairs)
    paid = [np.full(2 * pairs, float(stake)) for stake, _ in accumulators]
    legs: dict[int, list[tuple[int, Array]]] = {}
    for number, (_, drawn) in enumerate(accumulators):
        for leg in drawn:
            legs.setdefault(leg.lottery, []).append((number, leg.returns))
    for place, lottery in enumerate(lotteries):
        order = np.argsort(lottery.profit, kind="stable")
        steps = np.cumsum(lottery.p[order])
        half = rng.random(pairs)
        at = np.searchsorted(steps, np.concatenate([half, 1.0 - half]) * steps[-1], side="right")
        state = order[np.minimum(at, len(order) - 1)]
        profits += lottery.profit[state]
        for number, returns in legs.get(place, ()):
            paid[number] *= returns[state]
    for (stake, _), returned in zip(accumulators, paid, strict=True):
        profits += stake - returned
    worst = sum(lottery.worst_case for lottery in lotteries) + sum(
        max(0.0, stake * float(np.prod([leg.returns.max() for leg in drawn])) - stake)
        for stake, drawn in accumulators
    )
    return _summary(profits, pairs, worst)


def _summary(profits: Array, pairs: int, worst: float) -> Tail:
    # A batch holds both draws of its pairs, so that batches are independent of each other.
    batches = profits.reshape(2, BATCHES, pairs // BATCHES).transpose(1, 0, 2).reshape(BATCHES, -1)
    at_risk, shortfall = {}, {}
    for level in LEVELS:
        whole = _tail_of(profits, level)
        parts = np.array([_tail_of(batch, level) for batch in batches])
        errors = parts.std(axis=0, ddof=1) / BATCHES**0.5
        at_risk[level] = Estimate(whole[0], float(errors[0]))
        shortfall[level] = Estimate(whole[1], float(errors[1]))
    means = batches.mean(axis=1)
    expected = Estimate(float(profits.mean()), float(means.std(ddof=1) / BATCHES**0.5))
    return Tail(expected, float(profits.std()), at_risk, shortfall, worst, len(profits))


def _tail_of(profits: Array, level: float) -> tuple[float, float]:
    """Return value at risk and expected shortfall: the worst share 1 - level of the draws."""
    count = max(1, round(len(profits) * (1.0 - level)))
    worst = np.partition(profits, count - 1)[:count]
    return -float(worst.max()), -float(worst.mean())
