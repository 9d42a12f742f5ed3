"""The study behind docs/sharps.md: simulate, train, and measure on matches that came later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from domain.rings import Ring, rings
from domain.sharps import SharpPolicy
from ml.sharps.classifier import CLASSES, SharpClassifier
from ml.sharps.curves import Auc, Detection, auc, confusion, detection, false_alarms
from ml.sharps.features import NAMES, OPTIONAL_GROUPS, Array, Scale, columns, table
from ml.sharps.history import by_bettor
from ml.sharps.marks import Marked, mark
from ml.sharps.populations import SHARES, class_of, population
from ml.sharps.prior import population_policy
from ml.sharps.simulate import simulate
from ml.sharps.training import train
from ml.sharps.world import RecordedMatch

CUTOFFS = (10, 20, 50, 100, 200)
TRAINED_AT = (5, *CUTOFFS)
BETS_EACH = 270
"""Bets that are asked for per account, so that nearly all make 200."""

TRAINED_ON: Mapping[str, int] = {
    "square": 400,
    "vip_square": 100,
    "value_bettor": 100,
    **{f"value_{share}": 100 for share in SHARES if share >= 25},
    "steam_chaser": 120,
    "arbitrageur": 120,
    "courtsider": 120,
    "bonus_abuser": 120,
    "bot": 120,
    "ring": 20,
}
JUDGED_ON: Mapping[str, int] = {
    "square": 500,
    "vip_square": 50,
    **{f"value_{share}": 150 for share in SHARES},
    "value_bettor": 50,
    "steam_chaser": 50,
    "arbitrageur": 50,
    "courtsider": 50,
    "bonus_abuser": 50,
    "bot": 50,
    "ring": 10,
}
SQUARES = ("square", "vip_square")

FALSE_ALARM_BETTORS = 100_000
FALSE_ALARM_BETS = 1_000
CHECKPOINTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)

History = Mapping[str, Sequence[Marked]]


@dataclass(frozen=True)
class Simulated:
    """Labelled bettors with their marked bets, in order."""

    own: History
    labels: Mapping[str, str]
    rings: Mapping[str, str]
    """The ring of each bettor that is in one."""

    def of(self, *labels: str) -> dict[str, Sequence[Marked]]:
        """Return the bettors with these labels."""
        return {bettor: history for bettor, history in self.own.items() if self.labels[bettor] in labels}


@dataclass(frozen=True)
class RingsFound:
    """How well rings were found: of the rings there are, and of the bettors linked."""

    rings: int
    found_whole: int
    members: int
    members_found: int
    wrong_members: int
    example: Ring | None


@dataclass(frozen=True)
class Study:
    """All figures.

    Parameters
    ----------
    aucs : mapping
        By score (``profit``, ``mean CLV``, ``posterior`` and so on), share of sharp bets and number of bets.
    false_alarms : mapping of str to mapping
        Share of ``false_alarm_bettors`` squares ever flagged, by population and number of bets.
    """

    trained_on: int
    judged_on: int
    policy: SharpPolicy
    classifier: SharpClassifier
    aucs: Mapping[str, Mapping[int, Mapping[int, Auc]]]
    detections: Mapping[str, Detection]
    false_alarms: Mapping[str, Mapping[int, float]]
    false_alarm_bettors: int
    classes: Mapping[int, Mapping[str, Mapping[str, int]]]
    mean_clv: Mapping[str, tuple[float, float]]
    rings: RingsFound


def study(matches: Sequence[RecordedMatch], seed: int = 1, share: float = 1.0) -> Study:
    """Train on the earlier half of the matches, judge on the later.

    Parameters
    ----------
    matches : sequence of RecordedMatch
        Sorted by kick-off.
    share : float
        Of the bettors that are simulated; less is faster and less exact.
    """
    half = len(matches) // 2
    early = simulated(_share_of(TRAINED_ON, share), matches[:half], seed)
    policy = population_policy(early.of(*SQUARES))
    classifier = trained(early, policy, seed)
    watched = max(1, round(FALSE_ALARM_BETTORS * share))
    late = simulated(_share_of(JUDGED_ON, share), matches[half:], seed + 1)
    return Study(
        trained_on=half,
        judged_on=len(matches) - half,
        policy=policy,
        classifier=classifier,
        aucs=_aucs(late, policy, classifier, seed),
        detections={
            label: detection(list(late.of(label).values()), policy)
            for label in sorted(set(late.labels.values()))
        },
        false_alarms=_false_alarms(late.of(*SQUARES), policy, watched, seed),
        false_alarm_bettors=watched,
        classes={n: _classes(late, policy, classifier, n) for n in (20, 100)},
        mean_clv={label: _clv(late.of(label)) for label in sorted(set(late.labels.values()))},
        rings=_rings(late),
    )


def simulated(
    mixture: Mapping[str, int], matches: Sequence[RecordedMatch], seed: int, bets_each: int = BETS_EACH
) -> Simulated:
    """Return a simulated population with its marked bets, about ``bets_each`` of each account."""
    people = population(seed, mixture)
    per_match = bets_each * len(people.bettors) / max(1, len(matches))
    bets = sorted(simulate(people, matches, per_match, seed), key=lambda bet: bet.placed_at_ms)
    own = by_bettor(mark(bets)[1])
    return Simulated(
        own,
        {name: bettor.kind.name for name, bettor in people.bettors.items()},
        {name: bettor.ring for name, bettor in people.bettors.items() if bettor.ring is not None},
    )


def trained(early: Simulated, policy: SharpPolicy, seed: int) -> SharpClassifier:
    """Return a classifier of bettors, each seen after several numbers of bets."""
    scale = Scale.of(early.of(*SQUARES), policy)
    place = {bettor: i for i, bettor in enumerate(early.own)}
    rows, labels, bettors = [], [], []
    for n in TRAINED_AT:
        first = _first(early.own, n)
        rows.append(table(first, scale))
        labels += [CLASSES.index(class_of(early.labels[bettor])) for bettor in first]
        bettors += [place[bettor] for bettor in first]
    return train(np.concatenate(rows), np.array(labels), np.array(bettors), seed)


def _share_of(mixture: Mapping[str, int], share: float) -> dict[str, int]:
    return {name: max(2, round(count * share)) for name, count in mixture.items()}


def _first(own: History, n: int) -> dict[str, Sequence[Marked]]:
    return {bettor: history[:n] for bettor, history in own.items() if len(history) >= n}


def _aucs(
    late: Simulated, policy: SharpPolicy, classifier: SharpClassifier, seed: int
) -> dict[str, dict[int, dict[int, Auc]]]:
    rng = np.random.default_rng(seed)
    scale = Scale.of(late.of(*SQUARES), policy)
    found: dict[str, dict[int, dict[int, Auc]]] = {}
    for n in CUTOFFS:
        first = _first(late.own, n)
        labels = np.array([late.labels[bettor] for bettor in first])
        for name, score in _all_scores(first, scale, classifier).items():
            for share in SHARES:
                sharps, squares = score[labels == f"value_{share}"], score[labels == "square"]
                if len(sharps) and len(squares):
                    found.setdefault(name, {}).setdefault(share, {})[n] = auc(sharps, squares, rng)
    return found


def _all_scores(first: History, scale: Scale, classifier: SharpClassifier) -> dict[str, Array]:
    rows = table(first, scale)
    thin = rows.copy()
    thin[:, columns(OPTIONAL_GROUPS)] = np.nan
    profit = [sum(each.bet.profit / each.bet.stake for each in own) for own in first.values()]
    return {
        "profit": np.array(profit),
        "mean CLV": np.array([np.mean([each.clv for each in own]) for own in first.values()]),
        "posterior": rows[:, NAMES.index("posterior_mean")],
        "classifier, thin file": classifier.sharp_scores(thin),
        "classifier": classifier.sharp_scores(rows),
    }


def _false_alarms(
    squares: History, policy: SharpPolicy, bettors: int, seed: int
) -> dict[str, dict[int, float]]:
    marks = np.array([each.clv for own in squares.values() for each in own])
    in_play = np.array([bool(each.bet.in_play) for own in squares.values() for each in own])
    populations = {"squares": marks, "squares at the edge": marks + _lift(marks[~in_play], policy)}
    return {
        name: false_alarms(
            values,
            in_play,
            policy,
            bettors=bettors,
            bets=FALSE_ALARM_BETS,
            checkpoints=CHECKPOINTS,
            seed=seed,
        )
        for name, values in populations.items()
    }


def _lift(marks: Array, policy: SharpPolicy) -> float:
    """Return what added to all marks makes the hardest square there is: just not better than the null."""

    def beyond(lift: float) -> float:
        return float(np.mean(np.clip(marks + lift - policy.null_mean, -policy.clip, policy.clip)))

    return float(brentq(beyond, -0.5, 0.5))


def _classes(
    late: Simulated, policy: SharpPolicy, classifier: SharpClassifier, n: int
) -> Mapping[str, Mapping[str, int]]:
    first = _first(late.own, n)
    likeliest = classifier.probabilities(table(first, Scale.of(late.of(*SQUARES), policy))).argmax(axis=1)
    return confusion([late.labels[bettor] for bettor in first], [CLASSES[i] for i in likeliest])


def _clv(own: History) -> tuple[float, float]:
    values = np.array([each.clv for history in own.values() for each in history])
    return float(values.mean()), float(values.std())


def _rings(late: Simulated) -> RingsFound:
    """Look for rings by what they bet on alone, devices left out."""
    bets = [
        (bettor, "|".join(each.bet.selected), each.bet.placed_at_ms)
        for bettor, own in late.own.items()
        for each in own
    ]
    found = rings(bets)
    truth: dict[str, set[str]] = {}
    for bettor, ring in late.rings.items():
        truth.setdefault(ring, set()).add(bettor)
    members = set(late.rings)
    taken = {bettor for each in found for bettor in each.members}
    whole = [each for each in found if set(each.members) in truth.values()]
    return RingsFound(
        len(truth),
        len(whole),
        len(members),
        len(members & taken),
        len(taken - members),
        whole[0] if whole else None,
    )
