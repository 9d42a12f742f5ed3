"""The classifier of the live stage: trees over running figures (``domain.sharps.behaviour``).

Trained and judged like the other one (``live_training``), but on features of bounded size.
"""

import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import xgboost

from domain.sharps.behaviour import NAMES
from ml.sharps.kinds import CLASSES, HARMLESS, Array, calibrated
from ml.sharps.saved import Knots, dumped, loaded

NAME = "behaviour.json.xz"

HARMLESS_COLUMNS = [name in HARMLESS for name in CLASSES]


@dataclass(frozen=True)
class BehaviourClassifier:
    """Trees, calibration, and the policy whose prior the features are measured by.

    Parameters
    ----------
    threshold : float
        The sharp score from which on a bettor is suspected.
    """

    booster: xgboost.Booster
    knots: Knots
    threshold: float

    classes = CLASSES

    def probabilities(self, rows: Sequence[Sequence[float]] | Array) -> Array:
        """Return calibrated class probabilities, one row per bettor, in the order of ``CLASSES``."""
        data = np.asarray(rows, dtype=np.float32).reshape(-1, len(NAMES))
        raw = np.asarray(self.booster.inplace_predict(data), dtype=np.float64).reshape(-1, len(CLASSES))
        return calibrated(raw, self.knots)

    def sharp_scores(self, found: Array) -> Array:
        """Return the probability of all classes that beat the close, from class probabilities."""
        return np.asarray(1.0 - found[:, HARMLESS_COLUMNS].sum(axis=1))

    def dump(self) -> str:
        """Return the model as JSON."""
        return dumped(self.booster, self.knots, NAMES, threshold=self.threshold)


def load(text: str) -> BehaviourClassifier:
    """Return the model that ``dump`` wrote.

    Raises
    ------
    ValueError
        The model is one of other features or classes.
    """
    booster, knots, found = loaded(text, NAMES)
    return BehaviourClassifier(booster, knots, found["threshold"])


@lru_cache(maxsize=1)
def shipped() -> BehaviourClassifier:
    """Return the classifier of the package."""
    return load(lzma.decompress((files("ml.models") / NAME).read_bytes()).decode())


def write(classifier: BehaviourClassifier, path: Path) -> None:
    """Write a classifier as the package ships it."""
    path.write_bytes(lzma.compress(classifier.dump().encode(), preset=9))
