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

CLASSES: tuple[str, ...] = (
    "square",
    "vip_square",
    "value_bettor",
    "steam_chaser",
    "arbitrageur",
    "courtsider",
    "bonus_abuser",
    "bot",
    "ring",
)

HARMLESS: frozenset[str] = frozenset({"square", "vip_square", "bonus_abuser"})
"""Classes that do not beat the close; the probability of all others together is the sharp score."""

THREADS = 1
"""More of them wait for each other where the cores are shared: on two busy cores one was 40 times as fast."""


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


def calibrated(raw: Array, knots: list[tuple[list[float], list[float]]]) -> Array:
    """Return probabilities after the curves, summing to one again."""
    curves = np.column_stack([np.interp(raw[:, i], x, y) for i, (x, y) in enumerate(knots)])
    # A row of which every curve says 0 keeps what the trees said.
    total = curves.sum(axis=1, keepdims=True)
    return np.where(total > 1e-9, curves / np.maximum(total, 1e-9), raw)


def predict(booster: xgboost.Booster, rows: Array) -> Array:
    """Return raw class probabilities."""
    found: Array = np.asarray(booster.predict(xgboost.DMatrix(rows)), dtype=np.float64)
    return found.reshape(len(rows), len(CLASSES))
