"""How well the live stage suspects: trained on earlier matches, judged on later ones with other bettors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import median

from scipy.stats import binomtest

from ml.sharps.kinds import CLASSES
from ml.sharps.live import BehaviourClassifier
from ml.sharps.live_false_alarms import Pool, ever_suspected
from ml.sharps.live_training import rows_of, train
from ml.sharps.prior import population_policy
from ml.sharps.study import SQUARES, TRAINED_ON, simulated
from ml.sharps.world import RecordedMatch

JUDGED_ON: Mapping[str, int] = {
    "square": 2_500,
    "vip_square": 100,
    "value_bettor": 60,
    "value_25": 60,
    "steam_chaser": 60,
    "arbitrageur": 60,
    "courtsider": 40,
    "bonus_abuser": 60,
    "bot": 60,
    "ring": 10,
}
TRAINED_SHARE = 0.6
LEARNED_FROM: Mapping[str, int] = {
    **{name: round(n * TRAINED_SHARE) for name, n in TRAINED_ON.items()},
    "square": 1_600,
    "vip_square": 120,
}
"""Many squares: how odd the oddest of them are is what a suspicion has to know."""

BETS_EACH = 110
LOOKS = range(5, 101)
THRESHOLD = 0.95
POOLED = 2_000
"""Squares whose picks are drawn from: 220,000 picks."""


@dataclass(frozen=True)
class Suspected:
    """Bettors of one label, looked at after each of their bets from the fifth to the hundredth.

    Parameters
    ----------
    ever : float
        Share that was ever suspected.
    median_bets : float or None
        With how many bets, of those.
    kinds : mapping of str to int
        What their likeliest class was at the end.
    """

    bettors: int
    ever: float
    median_bets: float | None
    kinds: Mapping[str, int]


def live_study(
    matches: Sequence[RecordedMatch], seed: int = 1, share: float = 1.0
) -> tuple[BehaviourClassifier, dict[str, Suspected]]:
    """Train on the earlier half of the matches, judge on the later.

    Parameters
    ----------
    share : float
        Of the bettors that are simulated; less is faster and less exact.
    """
    half = len(matches) // 2
    learned = {name: max(2, round(n * share)) for name, n in LEARNED_FROM.items()}
    early = simulated(learned, matches[:half], seed, BETS_EACH)
    policy = population_policy(early.of(*SQUARES))
    classifier = replace(train(early.own, early.labels, policy, seed, 0.9), threshold=THRESHOLD)
    judged = {name: max(2, round(n * share)) for name, n in JUDGED_ON.items()}
    late = simulated(judged, matches[half:], seed + 1, BETS_EACH)
    rng = Random(seed + 2)
    found: dict[str, list[tuple[int | None, str]]] = {}
    for bettor, own in late.own.items():
        rows = rows_of(own, policy, rng, LOOKS)
        if not rows:
            continue
        probabilities = classifier.probabilities(rows)
        scores = classifier.sharp_scores(probabilities)
        first = next((n for n, score in zip(LOOKS, scores, strict=False) if score >= THRESHOLD), None)
        kind = CLASSES[int(probabilities[-1].argmax())]
        found.setdefault(late.labels[bettor], []).append((first, kind))
    return classifier, {label: _suspected(some) for label, some in sorted(found.items())}


def false_suspicions(
    classifier: BehaviourClassifier, matches: Sequence[RecordedMatch], squares: int, seed: int = 1
) -> dict[int, int]:
    """Return how many squares are ever suspected on the later half of the matches, by the number of bets.

    The population's prior is learned on the earlier half, as it was when the classifier was trained.
    """
    half = len(matches) // 2
    early = simulated({name: TRAINED_ON[name] for name in SQUARES}, matches[:half], seed, BETS_EACH)
    policy = population_policy(early.own)
    late = simulated({"square": POOLED}, matches[half:], seed + 1, BETS_EACH)
    return ever_suspected(classifier, policy, Pool.of(late.own), squares, LOOKS, seed)


def share_of(count: int, of: int) -> str:
    """Return a share with its 95% interval (Wilson) in words."""
    interval = binomtest(count, of).proportion_ci(method="wilson")
    return f"{count / of:.3%} (95%: {interval.low:.3%} to {interval.high:.3%})"


def _suspected(some: Sequence[tuple[int | None, str]]) -> Suspected:
    at = [first for first, _ in some if first is not None]
    kinds = Counter(kind for _, kind in some)
    return Suspected(len(some), len(at) / len(some), median(at) if at else None, dict(kinds.most_common()))


def table_of(found: Mapping[str, Suspected]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| is | bettors | ever suspected | median bets | likeliest class in the end |",
        "|---|---|---|---|---|",
    ]
    for label, each in found.items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in each.kinds.items())
        bets = "" if each.median_bets is None else f"{each.median_bets:g}"
        lines.append(f"| {label} | {each.bettors} | {each.ever:.2%} | {bets} | {kinds} |")
    return "\n".join(lines)
