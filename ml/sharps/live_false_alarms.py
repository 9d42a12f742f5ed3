"""How many squares the live stage ever suspects, over more of them than are simulated one by one.

A square picks as the crowd does, whoever it is: so its picks are drawn from a pool of such picks on recorded
odds, in order of time, and what is its own (stakes, promotions, the age of its account) from its class. What
the stage would have seen is then made for thousands of squares at once, by the figures of
``domain.sharps.behaviour`` and ``domain.sharps.evidence``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erfc

from domain.population.classes import HABITS_SD, BettorClass
from domain.population.people import HABITS, OTHER_ADDRESSES, SECOND_DEVICE, THIRD_DEVICE
from domain.population.population import LEAST_STAKE
from domain.sharps import SharpPolicy
from domain.sharps.behaviour import AT_BEST, MOVED
from ml.sharps.features import Array
from ml.sharps.live import BehaviourClassifier
from ml.sharps.marks import Marked
from ml.sharps.populations import registry
from ml.sharps.world import DAY_MS

AT_ONCE = 4_000
"""Squares whose bets are in memory at a time."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pool:
    """Picks of the crowd, in order of time; arrays of one length, NaN where nothing is known.

    Parameters
    ----------
    event : ndarray of int
        The same for picks on the same event.
    """

    placed_ms: Array
    event: Counts
    price: Array
    best: Array
    moved: Array
    in_play: Array
    clv: Array
    obscure: Array
    just_before: Array

    @staticmethod
    def of(histories: Mapping[str, Sequence[Marked]]) -> "Pool":
        """Return the picks of all bettors of a simulation."""
        marked = sorted(
            (each for own in histories.values() for each in own), key=lambda each: each.bet.placed_at_ms
        )
        bets = [each.bet for each in marked]
        numbers = {event: n for n, event in enumerate(dict.fromkeys(bet.event for bet in bets))}

        def column(values: Iterator[float | None]) -> Array:
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

        return Pool(
            column(float(bet.placed_at_ms) for bet in bets),
            np.array([numbers[bet.event] for bet in bets], dtype=np.int64),
            column(bet.price for bet in bets),
            column(bet.best_price for bet in bets),
            column(bet.moved for bet in bets),
            column(float(bool(bet.in_play)) for bet in bets),
            np.minimum(column(each.clv for each in marked), 1.0),
            column(each.obscure for each in marked),
            column(each.just_before for each in marked),
        )


@dataclass(frozen=True, eq=False)
class Drawn:
    """The bets of some squares, in order: arrays of shape (squares, bets).

    Parameters
    ----------
    picks : ndarray of int
        Places in the pool.
    device, address : ndarray of int
        Which of its own devices and addresses each bet comes from.
    """

    picks: Counts
    stake: Array
    promotion: Array
    account_days: Array
    device: Counts
    address: Counts


def drawn(
    pool: Pool, squares: int, bets: int, rng: np.random.Generator, kind: BettorClass | None = None
) -> Drawn:
    """Return the bets of squares, each drawn as ``domain.population`` draws it."""
    kind = kind or registry()["square"]

    def own(of_class: float) -> Array:
        return np.asarray(of_class * np.exp(rng.normal(0.0, HABITS_SD, (squares, 1))))

    picks = np.sort(rng.integers(0, len(pool.price), (squares, bets)), axis=1)
    habits = rng.choice(np.array(HABITS), (squares, 1))
    round_to = np.where(rng.random((squares, 1)) < 0.5, kind.round_to, habits)
    wanted = own(kind.stake) * np.exp(rng.normal(0.0, kind.stake_spread, (squares, bets)))
    stake = np.maximum(np.maximum(round_to, LEAST_STAKE), np.round(wanted / round_to) * round_to)
    promotion = rng.random((squares, bets)) < np.minimum(1.0, own(kind.promotion_share))
    days = own(kind.account_days) + (pool.placed_ms[picks] - pool.placed_ms[0]) / DAY_MS
    chance = rng.random((squares, 1))
    devices = 1 + (chance < SECOND_DEVICE) + (chance < SECOND_DEVICE * THIRD_DEVICE)
    device = (rng.random((squares, bets)) * devices).astype(np.int64)
    away = rng.random((squares, bets)) < np.minimum(1.0, own(kind.roams))
    address = np.where(away, 1 + rng.integers(0, OTHER_ADDRESSES, (squares, bets)), 0)
    return Drawn(
        picks,
        np.asarray(stake, dtype=np.float64),
        promotion.astype(np.float64),
        np.asarray(days),
        device,
        np.asarray(address),
    )


def rows(pool: Pool, some: Drawn, closed: Counts, looks: Sequence[int], policy: SharpPolicy) -> Array:
    """Return what ``domain.sharps.features`` gives, of shape (squares, looks, features).

    Parameters
    ----------
    closed : ndarray of int, shape (squares, looks)
        How many of the first bets have had their close at each look.
    looks : sequence of int
        After how many bets.
    """
    at = np.array(looks)
    picks = some.picks
    n = at[None, :].astype(np.float64)
    mean, sd, log_e = _beliefs(pool, picks, closed, policy)
    price = np.log(pool.price[picks])
    below = np.log(pool.best[picks] / pool.price[picks])
    moved = pool.moved[picks]
    stake = np.log(np.maximum(1.0, some.stake))
    placed, event = pool.placed_ms[picks], pool.event[picks]
    gap = np.log1p(np.maximum(0.0, np.diff(placed, axis=1)) / 60_000)
    gap = np.concatenate([np.full((len(picks), 1), np.nan), gap], axis=1)
    new_event = np.concatenate([np.ones((len(picks), 1)), event[:, 1:] != event[:, :-1]], axis=1)
    found = [
        np.broadcast_to(np.log(1.0 + n), closed.shape),
        (mean - policy.prior_mean) / policy.prior_sd,
        sd / policy.prior_sd,
        0.5 * erfc((policy.null_mean - mean) / (sd * np.sqrt(2.0))),
        log_e,
        *_mean_sd(price, at),
        _mean_sd(stake, at)[1],
        _mean(is_round(some.stake), at),
        *_mean_sd(below, at),
        _mean(np.where(np.isnan(below), np.nan, below <= AT_BEST), at),
        _mean(moved, at),
        _mean(np.where(np.isnan(moved), np.nan, moved > MOVED), at),
        _mean(pool.in_play[picks], at),
        _mean(some.promotion, at),
        _mean(np.log1p(some.account_days), at),
        *_mean_sd(gap, at),
        n / _sum(new_event, at),
        _mean(pool.obscure[picks], at),
        _mean(_changes(some.device), at),
        _mean(_changes(some.address), at),
        _mean(np.where(pool.in_play[picks] > 0, np.nan, pool.just_before[picks]), at),
        _mean(np.where(pool.in_play[picks] > 0, pool.just_before[picks], np.nan), at),
    ]
    return np.stack(found, axis=-1)


def is_round(stake: Array) -> Array:
    """Return 1 for stakes that a person picks, as ``domain.sharps.behaviour`` tells; of whole stakes."""
    left = stake.copy()
    for _ in range(12):
        left = np.where((left >= 10) & (left % 10 == 0), left / 10, left)
    return np.asarray(((left < 10) | ((left < 100) & (left % 10 == 5))).astype(np.float64))


def _beliefs(pool: Pool, picks: Counts, closed: Counts, policy: SharpPolicy) -> tuple[Array, Array, Array]:
    """Return mean and sd of the posterior, and the log of the e-process, from each square's first closes."""
    event, clv, live = pool.event[picks], pool.clv[picks], pool.in_play[picks] > 0
    first = _first(event)
    beyond = clv - policy.null_mean
    step = np.where(
        live,
        np.log1p(policy.in_play_fraction * np.minimum(1.0, beyond)),
        np.log1p(policy.bet_fraction * np.clip(beyond, -policy.clip, policy.clip)),
    )
    days = (pool.placed_ms[picks] - pool.placed_ms[picks[:, :1]]) / DAY_MS
    grown = 2.0 ** (days / policy.half_life_days)
    weight = np.where(first, 1.0, policy.repeat_weight) * np.where(live, policy.in_play_weight, 1.0) * grown

    def until(values: Array) -> Array:
        sums = np.concatenate([np.zeros((len(picks), 1)), np.cumsum(values, axis=1)], axis=1)
        return np.asarray(np.take_along_axis(sums, closed, axis=1))

    last = np.take_along_axis(grown, np.maximum(closed - 1, 0), axis=1)
    total, weighted, squared = until(weight), until(weight * clv), until(weight * clv * clv)
    mean = weighted / np.where(total > 0, total, 1.0)
    squares = np.maximum(0.0, squared - weighted * mean) / last
    total = total / last
    of_population = policy.own_variance_after
    variance = (of_population * policy.mark_sd**2 + squares) / (of_population + total)
    prior = policy.prior_sd**-2
    precision = prior + total / variance
    posterior = (policy.prior_mean * prior + total * mean / variance) / precision
    return posterior, 1.0 / np.sqrt(precision), until(np.where(first, step, 0.0))


def _first(event: Counts) -> npt.NDArray[np.bool_]:
    """Tell which bets are a square's first on their event."""
    order = np.argsort(event, axis=1, kind="stable")
    of_event = np.take_along_axis(event, order, axis=1)
    new = np.concatenate([np.ones((len(event), 1), bool), of_event[:, 1:] != of_event[:, :-1]], axis=1)
    found = np.zeros_like(new)
    np.put_along_axis(found, order, new, axis=1)
    return found


def _changes(values: Counts) -> Array:
    """Return 1 where a value is another than the one before, NaN for the first."""
    changed = (values[:, 1:] != values[:, :-1]).astype(np.float64)
    return np.concatenate([np.full((len(values), 1), np.nan), changed], axis=1)


def _sum(values: Array, at: Counts) -> Array:
    return np.asarray(np.cumsum(values, axis=1)[:, at - 1])


def _mean(values: Array, at: Counts) -> Array:
    known = _sum(~np.isnan(values), at)
    return np.asarray(_sum(np.nan_to_num(values), at) / np.where(known > 0, known, np.nan))


def _mean_sd(values: Array, at: Counts) -> tuple[Array, Array]:
    known = _sum(~np.isnan(values), at)
    mean = _mean(values, at)
    sd = np.sqrt(np.maximum(0.0, _mean(values * values, at) - mean * mean))
    return mean, np.where(known >= 2, sd, np.nan)


def ever_suspected(
    classifier: BehaviourClassifier,
    policy: SharpPolicy,
    pool: Pool,
    squares: int,
    looks: Sequence[int],
    seed: int,
) -> dict[int, int]:
    """Return how many squares were suspected once at least, by the number of bets.

    At each look the closes of the latest bets have not come yet: of how many is drawn as in training.
    """
    rng = np.random.default_rng(seed)
    at = np.array(looks)
    found = np.zeros(len(looks), dtype=np.int64)
    for start in range(0, squares, AT_ONCE):
        count = min(AT_ONCE, squares - start)
        some = drawn(pool, count, max(looks), rng)
        closed = (rng.random((count, len(at))) * (at + 1)).astype(np.int64)
        closed[rng.random(closed.shape) >= 0.7] = 0
        table = rows(pool, some, closed, looks, policy)
        scores = classifier.sharp_scores(classifier.probabilities(table.reshape(-1, table.shape[-1])))
        over = scores.reshape(count, len(at)) >= classifier.threshold
        found += np.maximum.accumulate(over, axis=1).sum(axis=0)
    return dict(zip(looks, found.tolist(), strict=True))
