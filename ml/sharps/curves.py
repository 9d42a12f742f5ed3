"""Error rates: how well scores tell sharps from squares after n bets, and how often a square is flagged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from domain.sharps import SharpPolicy
from ml.sharps.features import Array
from ml.sharps.history import evidence_of
from ml.sharps.marks import Marked

RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Auc:
    """Probability that a sharp scores above a square, with its 95% interval (bettors resampled)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Detection:
    """How soon bettors of a class are flagged.

    Parameters
    ----------
    flagged : float
        Share of them, within the bets that were looked at.
    mean_bets : float or None
        Mean number of the bet at which the flagged ones were.
    """

    n: int
    flagged: float
    mean_bets: float | None
    median_bets: float | None


def auc(sharps: Array, squares: Array, rng: np.random.Generator) -> Auc:
    """Return the AUC of a score, ties counting half."""
    values = [_auc(sharps, squares)]
    for _ in range(RESAMPLES):
        values.append(_auc(rng.choice(sharps, len(sharps)), rng.choice(squares, len(squares))))
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return Auc(values[0], float(low), float(high))


def _auc(sharps: Array, squares: Array) -> float:
    ranks = rankdata(np.concatenate([sharps, squares]))[: len(sharps)]
    return float((ranks.sum() - len(sharps) * (len(sharps) + 1) / 2) / (len(sharps) * len(squares)))


def detection(histories: Sequence[Sequence[Marked]], policy: SharpPolicy) -> Detection:
    """Return how soon bettors are flagged."""
    at = [evidence_of(history, policy).flagged_at for history in histories]
    found = [number for number in at if number is not None]
    return Detection(
        len(at),
        len(found) / max(1, len(at)),
        float(np.mean(found)) if found else None,
        float(np.median(found)) if found else None,
    )


def false_alarms(
    marks: Array,
    in_play: npt.NDArray[np.bool_],
    policy: SharpPolicy,
    *,
    bettors: int,
    bets: int,
    checkpoints: Sequence[int],
    seed: int,
) -> dict[int, float]:
    """Return the share of bettors that were ever flagged by each checkpoint, looked at after every bet.

    Parameters
    ----------
    marks, in_play : array, shape (n,)
        Final marks of squares; each bettor's bets are drawn from them with replacement.
    checkpoints : sequence of int
        Numbers of bets, up to ``bets``.
    """
    rng = np.random.default_rng(seed)
    steps = log_e_steps(marks, in_play, policy)
    log_e = np.zeros(bettors)
    flagged = np.zeros(bettors, dtype=bool)
    shares: dict[int, float] = {}
    for number in range(1, bets + 1):
        log_e += steps[rng.integers(0, len(steps), bettors)]
        flagged |= log_e >= policy.log_threshold
        if number in checkpoints:
            shares[number] = float(flagged.mean())
    return shares


def log_e_steps(marks: Array, in_play: npt.NDArray[np.bool_], policy: SharpPolicy) -> Array:
    """Return ``domain.sharps.log_e_step`` of each mark."""
    beyond = np.minimum(marks, 1.0) - policy.null_mean
    before = np.log1p(policy.bet_fraction * np.clip(beyond, -policy.clip, policy.clip))
    live = np.log1p(policy.in_play_fraction * np.minimum(1.0, beyond))
    found: Array = np.where(in_play, live, before)
    return found


def confusion(labels: Sequence[str], found: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """Return how often each class was taken for which."""
    counts: dict[str, dict[str, int]] = {}
    for label, kind in zip(labels, found, strict=True):
        row = counts.setdefault(label, {})
        row[kind] = row.get(kind, 0) + 1
    return counts
