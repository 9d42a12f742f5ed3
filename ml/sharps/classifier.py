"""Which class a bettor belongs to: gradient-boosted trees over features, calibrated.

A model is a folder-free pair of values: XGBoost's own JSON, and the calibration as knots of one isotonic
curve per class (see ``ml.sharps.training``).
"""

import json
from dataclasses import dataclass
from typing import Self

import numpy as np
import xgboost

from ml.sharps.features import NAMES, Array
from ml.sharps.kinds import CLASSES, HARMLESS, THREADS, calibrated

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
    knots: list[tuple[list[float], list[float]]]

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
        trees = json.loads(self.booster.save_raw("json").decode())
        return json.dumps({"features": NAMES, "classes": CLASSES, "knots": self.knots, "trees": trees})

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the model that ``dump`` wrote.

        Raises
        ------
        ValueError
            The model is one of other features or classes.
        """
        found = json.loads(text)
        if tuple(found["features"]) != NAMES or tuple(found["classes"]) != CLASSES:
            raise ValueError("the model was trained on other features or classes; train it again")
        booster = xgboost.Booster()
        booster.load_model(bytearray(json.dumps(found["trees"]).encode()))
        booster.set_param({"nthread": THREADS})
        return cls(booster, [(list(raw), list(true)) for raw, true in found["knots"]])


def predict(booster: xgboost.Booster, rows: Array) -> Array:
    """Return raw class probabilities."""
    found: Array = np.asarray(booster.predict(xgboost.DMatrix(rows)), dtype=np.float64)
    return found.reshape(len(rows), len(CLASSES))
