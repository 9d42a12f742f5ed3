"""Classifiers as JSON text: XGBoost's own trees, the calibration, and what both were made for."""

import json
from collections.abc import Sequence
from typing import Any

import xgboost

from ml.sharps.kinds import CLASSES, THREADS

Knots = list[tuple[list[float], list[float]]]
"""By class: raw probabilities, and what they turned out to mean."""


def dumped(booster: xgboost.Booster, knots: Knots, features: Sequence[str], **more: float) -> str:
    """Return a classifier as JSON; ``more`` are further figures of it."""
    trees = json.loads(booster.save_raw("json").decode())
    return json.dumps({"features": features, "classes": CLASSES, "knots": knots, **more, "trees": trees})


def loaded(text: str, features: Sequence[str]) -> tuple[xgboost.Booster, Knots, dict[str, Any]]:
    """Return the trees and the calibration that ``dumped`` wrote, and all else that was written.

    Raises
    ------
    ValueError
        The model is one of other features or classes.
    """
    found: dict[str, Any] = json.loads(text)
    if tuple(found["features"]) != tuple(features) or tuple(found["classes"]) != CLASSES:
        raise ValueError("the model was trained on other features or classes; train it again")
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(found["trees"]).encode()))
    booster.set_param({"nthread": THREADS})
    return booster, [(list(raw), list(true)) for raw, true in found["knots"]], found
