"""Training of the classifier: trees by XGBoost, calibration by scikit-learn.

The calibration curves are fitted on predictions for bettors that the trees had not seen.
"""

import numpy as np
import numpy.typing as npt
import xgboost
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from ml.sharps.classifier import CLASSES, THREADS, SharpClassifier, predict
from ml.sharps.features import OPTIONAL_GROUPS, Array, columns

ROUNDS = 80
PARAMETERS = {
    "objective": "multi:softprob",
    "num_class": len(CLASSES),
    "max_depth": 3,
    "eta": 0.2,
    "max_bin": 64,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "min_child_weight": 5,
    "lambda": 2.0,
    "tree_method": "hist",
    "nthread": THREADS,
}
MASKED_COPIES = 1
"""Copies of each training row, in which some optional groups are hidden, so that thin files are read too."""

FOLDS = 3
_KNOTS = 40


def train(
    rows: Array, labels: npt.NDArray[np.int64], bettors: npt.NDArray[np.int64], seed: int
) -> SharpClassifier:
    """Return a classifier of labelled bettors.

    Parameters
    ----------
    rows : array, shape (n, features)
        As ``features.table`` makes them; a bettor may have several, after different numbers of bets.
    labels : array of int, shape (n,)
        Index into ``CLASSES``.
    bettors : array of int, shape (n,)
        Whose row it is: all rows of a bettor are on one side of each split.
    """
    raw = np.zeros((len(rows), len(CLASSES)))
    for number, (inside, outside) in enumerate(GroupKFold(FOLDS).split(rows, labels, bettors)):
        raw[outside] = predict(_boost(rows[inside], labels[inside], seed + number), rows[outside])
    return SharpClassifier(_boost(rows, labels, seed), calibration(raw, labels))


def calibration(raw: Array, labels: npt.NDArray[np.int64]) -> list[tuple[list[float], list[float]]]:
    """Return an isotonic curve per class, as at most 40 knots."""
    knots = []
    for index in range(len(CLASSES)):
        curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        curve.fit(raw[:, index], labels == index)
        x, y = curve.X_thresholds_, curve.y_thresholds_
        keep = np.unique(np.linspace(0, len(x) - 1, _KNOTS).round().astype(int))
        knots.append(([round(float(v), 6) for v in x[keep]], [round(float(v), 6) for v in y[keep]]))
    return knots


def _boost(rows: Array, labels: npt.NDArray[np.int64], seed: int) -> xgboost.Booster:
    rng = np.random.default_rng(seed)
    masked = [rows, *(hidden(rows, rng) for _ in range(MASKED_COPIES))]
    data = xgboost.DMatrix(np.concatenate(masked), np.tile(labels, len(masked)))
    return xgboost.train({**PARAMETERS, "seed": seed}, data, num_boost_round=ROUNDS)


def hidden(rows: Array, rng: np.random.Generator) -> Array:
    """Return rows with optional groups of features hidden: all of them in half the rows, else at random."""
    out = rows.copy()
    everything = rng.random(len(rows)) < 0.5
    for group in OPTIONAL_GROUPS:
        gone = everything | (rng.random(len(rows)) < 0.4)
        for column in columns([group]):
            out[gone, column] = np.nan
    return out
