"""Which class a bettor belongs to: gradient-boosted trees over features, calibrated.

A model is a folder-free pair of values: XGBoost's own JSON, and the calibration as knots of one isotonic
curve per class (see ``ml.sharps.training``).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import xgboost

from ml.sharps.features import NAMES, Array
from ml.sharps.kinds import CLASSES, HARMLESS, THREADS, calibrated
from ml.sharps.saved import Knots, dumped, loaded

__all__ = ["CLASSES", "HARMLESS", "THREADS", "SharpClassifier", "calibrated", "predict"]


@dataclass(frozen=True)
class SharpClassifier:
    """Trees and calibration.

    Parameters
    ----------
    booster : xgboost.Booster
        Multi-class trees over ``features.NAMES``.
    knots : list of (list of float, list of float)
        By class: raw probabilities, and what they turned out to mean.
    """

    booster: xgboost.Booster
    knots: Knots

    def probabilities(self, rows: Array) -> Array:
        """Return calibrated class probabilities, one row per bettor, in the order of ``CLASSES``."""
        if not len(rows):
            return np.zeros((0, len(CLASSES)))
        return calibrated(predict(self.booster, rows), self.knots)

    def sharp_scores(self, rows: Array) -> Array:
        """Return the probability that a bettor is of a class that beats the close."""
        harmless = [name in HARMLESS for name in CLASSES]
        scores: Array = 1 - self.probabilities(rows)[:, harmless].sum(axis=1)
        return scores

    def dump(self) -> str:
        """Return the model as JSON."""
        return dumped(self.booster, self.knots, NAMES)

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the model that ``dump`` wrote.

        Raises
        ------
        ValueError
            The model is one of other features or classes.
        """
        booster, knots, _ = loaded(text, NAMES)
        return cls(booster, knots)


def predict(booster: xgboost.Booster, rows: Array) -> Array:
    """Return raw class probabilities."""
    found: Array = np.asarray(booster.predict(xgboost.DMatrix(rows)), dtype=np.float64)
    return found.reshape(len(rows), len(CLASSES))
