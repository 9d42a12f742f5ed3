"""What a file of bets says of its bettors, and whether it holds in their later bets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.rings import Ring, rings
from domain.sharps import Assessment, SharpPolicy, assess
from ml.sharps.bets import PlacedBet
from ml.sharps.classifier import CLASSES, SharpClassifier
from ml.sharps.features import Scale, table
from ml.sharps.history import by_bettor, evidence_of
from ml.sharps.marks import Marked, Source, mark
from ml.sharps.prior import population_policy

LEAST_FOR_CLASS = 5
"""A bettor with fewer marked bets is of no class yet."""

UNKNOWN = "unknown"
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Score:
    """One bettor.

    Parameters
    ----------
    flagged_at : int or None
        Number of the bet at which the e-value first reached 1/alpha.
    kind : str
        The likeliest class, ``unknown`` with too few bets.
    sharp : float or None
        Probability of a class that beats the close; None with too few bets.
    """

    bettor: str
    bets: int
    found: Assessment
    flagged_at: int | None
    kind: str
    sharp: float | None


@dataclass(frozen=True, slots=True)
class Half:
    """What a group of bettors did in the second half of their bets; None where there is nothing to measure.

    Parameters
    ----------
    n : int
        Bettors.
    clv : float or None
        Mean CLV of their bets.
    roi : float or None
        Profit by stake, of the bets whose result is known.
    clv_interval, roi_interval : pair of float or None
        95%, by resampling bettors.
    """

    n: int
    bets: int
    clv: float | None
    roi: float | None
    clv_interval: tuple[float, float] | None
    roi_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is said of a file."""

    source: Source
    marked: int
    policy: SharpPolicy
    scores: list[Score]
    rings: list[Ring]
    split_half: dict[str, Half]


def evaluate(bets: Sequence[PlacedBet], classifier: SharpClassifier, seed: int = 0) -> Evaluation:
    """Score each bettor bet by bet, and judge scores of first halves by second halves.

    Parameters
    ----------
    bets : sequence of PlacedBet
        In the order in which they were placed.
    """
    source, marked = mark(bets)
    own = by_bettor(marked)
    policy = population_policy(own)
    return Evaluation(
        source,
        len(marked),
        policy,
        _scores(bets, own, policy, classifier),
        rings(((bet.bettor, "|".join(bet.selected), bet.placed_at_ms) for bet in bets), _devices(bets)),
        _split_half(own, seed),
    )


def _scores(
    bets: Sequence[PlacedBet],
    own: Mapping[str, Sequence[Marked]],
    policy: SharpPolicy,
    classifier: SharpClassifier,
) -> list[Score]:
    counts: dict[str, int] = {}
    for bet in bets:
        counts[bet.bettor] = counts.get(bet.bettor, 0) + 1
    classes = _classes(own, policy, classifier)
    scores = []
    for bettor, count in counts.items():
        history = own.get(bettor, [])
        evidence = evidence_of(history, policy)
        at = evidence.flagged_at
        kind, sharp = classes.get(bettor, (UNKNOWN, None))
        scores.append(
            Score(
                bettor,
                count,
                assess(evidence, policy),
                None if at is None else history[at - 1].number,
                kind,
                sharp,
            )
        )
    return scores


def _classes(
    own: Mapping[str, Sequence[Marked]], policy: SharpPolicy, classifier: SharpClassifier
) -> dict[str, tuple[str, float | None]]:
    known = {bettor: history for bettor, history in own.items() if len(history) >= LEAST_FOR_CLASS}
    if not known:
        return {}
    rows = table(known, Scale.of(own, policy))
    likeliest = classifier.probabilities(rows).argmax(axis=1)
    sharp = classifier.sharp_scores(rows)
    return {bettor: (CLASSES[likeliest[i]], float(sharp[i])) for i, bettor in enumerate(known)}


def _devices(bets: Sequence[PlacedBet]) -> dict[str, set[str]]:
    devices: dict[str, set[str]] = {}
    for bet in bets:
        if bet.device is not None:
            devices.setdefault(bet.bettor, set()).add(bet.device)
    return devices


def _split_half(own: Mapping[str, Sequence[Marked]], seed: int) -> dict[str, Half]:
    """Return second halves of those flagged in their first half, of the rest, and of the best-believed tenth.

    The population's prior, too, is that of the first halves.
    """
    first = {bettor: history[: len(history) // 2] for bettor, history in own.items() if len(history) > 1}
    policy = population_policy(first)
    flagged: list[str] = []
    believed: dict[str, float] = {}
    for bettor, history in first.items():
        evidence = evidence_of(history, policy)
        believed[bettor] = assess(evidence, policy).posterior_mean
        if evidence.flagged_at is not None:
            flagged.append(bettor)
    best = sorted(believed, key=lambda bettor: (-believed[bettor], bettor))[: len(believed) // 10]
    second = {bettor: own[bettor][len(history) :] for bettor, history in first.items()}
    rng = np.random.default_rng(seed)
    groups = {"flagged": flagged, "rest": sorted(set(first) - set(flagged)), "top_tenth": best}
    return {name: _half([second[bettor] for bettor in members], rng) for name, members in groups.items()}


def _half(histories: Sequence[Sequence[Marked]], rng: np.random.Generator) -> Half:
    sums = np.array([_sums(history) for history in histories]).reshape(len(histories), 4)
    clv, roi = _ratios(sums.sum(axis=0, keepdims=True))
    if not len(sums):
        return Half(0, 0, None, None, None, None)
    picks = rng.integers(0, len(sums), (RESAMPLES, len(sums)))
    clvs, rois = _ratios(sums[picks].sum(axis=1))
    bets = int(sums[:, 1].sum())
    return Half(len(sums), bets, _known(clv), _known(roi), _interval(clvs), _interval(rois))


def _sums(history: Sequence[Marked]) -> tuple[float, float, float, float]:
    settled = [each.bet for each in history if each.bet.won is not None]
    return (
        sum(each.clv for each in history),
        len(history),
        sum(bet.profit for bet in settled),
        sum(bet.stake for bet in settled),
    )


def _ratios(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    nan = np.full(len(sums), np.nan)
    clv = np.divide(sums[:, 0], sums[:, 1], out=nan.copy(), where=sums[:, 1] > 0)
    return clv, np.divide(sums[:, 2], sums[:, 3], out=nan, where=sums[:, 3] > 0)


def _known(values: np.ndarray) -> float | None:
    return float(values[0]) if np.isfinite(values[0]) else None


def _interval(values: np.ndarray) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
