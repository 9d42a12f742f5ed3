"""Training of the live classifier on simulated bettors.

Live, most bets have no close yet: so each row sees the closes of a random share of its bets, or of none.
"""

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
import numpy.typing as npt
import xgboost
from sklearn.model_selection import GroupKFold

from domain.sharps import Evidence, SharpPolicy
from domain.sharps.behaviour import NAMES, Behaviour, features
from ml.sharps.classifier import CLASSES
from ml.sharps.features import Array
from ml.sharps.history import take, take_close
from ml.sharps.live import BehaviourClassifier
from ml.sharps.marks import Marked
from ml.sharps.populations import class_of
from ml.sharps.training import PARAMETERS, calibration

SEEN_AT = (5, 8, 12, 20, 35, 60, 100, 200)
OPTIONAL = (
    "below_best",
    "below_best_sd",
    "at_best",
    "moved",
    "moved_up",
    "promotion",
    "log_account_days",
    "obscure",
    "device_changes",
    "address_changes",
    "just_before",
    "just_before_in_play",
)
ROUNDS = 90


def rows_of(
    own: Sequence[Marked], policy: SharpPolicy, rng: Random, seen_at: Sequence[int] = SEEN_AT
) -> list[list[float]]:
    """Return a bettor's rows after so many bets, as the live stage would have seen it.

    The closes of the latest bets have not come yet: of how many is drawn anew for each row, from none to all.
    """
    behaviour, found = Behaviour(), []
    for number, each in enumerate(own, 1):
        take(behaviour, each)
        if number in seen_at:
            closed = int(rng.random() * (number + 1)) if rng.random() < 0.7 else 0
            evidence = Evidence()
            for n, earlier in enumerate(own[:closed]):
                take_close(evidence, n, earlier, policy)
            found.append(features(behaviour, evidence, policy))
    return found


def train(
    own: Mapping[str, Sequence[Marked]],
    labels: Mapping[str, str],
    policy: SharpPolicy,
    seed: int,
    threshold: float,
) -> BehaviourClassifier:
    """Return a classifier of labelled bettors, each seen after several numbers of bets."""
    rng = Random(seed)
    rows, truth, whose = [], [], []
    for number, (bettor, history) in enumerate(own.items()):
        for row in rows_of(history, policy, rng):
            rows.append(row)
            truth.append(CLASSES.index(class_of(labels[bettor])))
            whose.append(number)
    table, true = np.array(rows), np.array(truth)
    raw = np.zeros((len(table), len(CLASSES)))
    folds = GroupKFold(3).split(table, true, np.array(whose))
    for number, (inside, outside) in enumerate(folds):
        booster = _boost(table[inside], true[inside], seed + number)
        raw[outside] = _raw(booster, table[outside])
    return BehaviourClassifier(_boost(table, true, seed), calibration(raw, true), threshold)


def _raw(booster: xgboost.Booster, rows: Array) -> Array:
    found = np.asarray(booster.inplace_predict(rows.astype(np.float32)), dtype=np.float64)
    return found.reshape(len(rows), len(CLASSES))


def _boost(rows: Array, labels: npt.NDArray[np.int64], seed: int) -> xgboost.Booster:
    """Fit trees; in a second copy of the rows, what an operator may not send is hidden at random."""
    rng = np.random.default_rng(seed)
    masked = rows.copy()
    for name in OPTIONAL:
        masked[rng.random(len(rows)) < 0.4, NAMES.index(name)] = np.nan
    data = xgboost.DMatrix(np.concatenate([rows, masked]).astype(np.float32), np.tile(labels, 2))
    return xgboost.train({**PARAMETERS, "seed": seed}, data, num_boost_round=ROUNDS)
