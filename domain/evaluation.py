"""How good probabilities are: scores per match, and whether a difference is more than chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.arrays import Array

Results = npt.NDArray[np.int64]
"""The place of the outcome that came, by match."""


def log_loss(probabilities: Array, results: Results) -> Array:
    """Return -log p of what came, by match; ``probabilities`` has shape (matches, outcomes)."""
    return np.asarray(-np.log(probabilities[np.arange(len(results)), results]))


def brier(probabilities: Array, results: Results) -> Array:
    """Return the sum over outcomes of (p - what came)^2, by match: 0 to 2."""
    return np.asarray(((probabilities - _came(probabilities, results)) ** 2).sum(axis=-1))


def rps(probabilities: Array, results: Results) -> Array:
    """Return the ranked probability score, by match: 0 to 1, for outcomes that have an order.

    Epstein (1969): the squared distances of the cumulated probabilities, over (outcomes - 1).
    """
    distance = np.cumsum(probabilities - _came(probabilities, results), axis=-1)[..., :-1]
    return np.asarray((distance**2).mean(axis=-1))


def divergence(truth: Array, probabilities: Array) -> Array:
    """Return the Kullback-Leibler divergence of ``probabilities`` from ``truth``, by match."""
    return np.asarray((truth * np.log(truth / probabilities)).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference of two scores over the same matches, and its standard error."""

    mean: float
    se: float


def paired(first: Array, second: Array) -> Difference:
    """Return by how much ``first`` exceeds ``second`` on average; below zero the first is the better."""
    differences = first - second
    n = len(differences)
    se = float(differences.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Difference(float(differences.mean()), se)


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of about the same probability, and how often they came."""

    forecast: float
    observed: float
    n: int


def reliability(probabilities: Array, results: Results, bins: int = 20) -> list[Bin]:
    """Return forecast against frequency over all outcomes, in ``bins`` equal widths; empty ones left out."""
    forecasts = probabilities.ravel()
    came = _came(probabilities, results).ravel()
    places = np.minimum((forecasts * bins).astype(np.int64), bins - 1)
    found = []
    for place in range(bins):
        within = places == place
        if within.any():
            found.append(Bin(float(forecasts[within].mean()), float(came[within].mean()), int(within.sum())))
    return found


def _came(probabilities: Array, results: Results) -> Array:
    came = np.zeros_like(probabilities)
    came[np.arange(len(results)), results] = 1.0
    return came
