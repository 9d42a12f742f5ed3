"""The classes of bettors, and what their probabilities mean."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

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


def calibrated(raw: Array, knots: list[tuple[list[float], list[float]]]) -> Array:
    """Return probabilities after the curves, summing to one again."""
    curves = np.column_stack([np.interp(raw[:, i], x, y) for i, (x, y) in enumerate(knots)])
    # A row of which every curve says 0 keeps what the trees said.
    total = curves.sum(axis=1, keepdims=True)
    return np.where(total > 1e-9, curves / np.maximum(total, 1e-9), raw)
