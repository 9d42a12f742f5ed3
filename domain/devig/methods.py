"""The registry of de-vig methods, and the two ways to call one."""

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from domain.arrays import Array
from domain.devig.odds_ratio import odds_ratio
from domain.devig.power import PRICE_RANGE, power, power_one
from domain.devig.shift import additive, goto, multiplicative
from domain.devig.shin import shin

Method = Callable[[Array, float], Array]
"""Inverse prices of shape (n outcomes, markets) and the number of winners, to probabilities alike."""

METHODS = MappingProxyType[str, Method](
    {
        "multiplicative": multiplicative,
        "additive": additive,
        "power": power,
        "odds_ratio": odds_ratio,
        "shin": shin,
        "goto": goto,
    }
)

DEFAULT = "power"
MAX_OUTCOMES = 5_000


def devig(prices: npt.ArrayLike, method: str = DEFAULT, winners: float = 1.0) -> Array:
    """Return the probabilities behind the prices of one market or of many.

    Parameters
    ----------
    prices : array_like, shape (..., n)
        Decimal odds, n >= 2 outcomes along the last axis. A market with a NaN gives NaN throughout.
    method : str
        A key of ``METHODS``.
    winners : float
        How many of the outcomes win: 1, or the places of an each-way or top-N market; below n.

    Returns
    -------
    ndarray, shape (..., n)
        Probabilities in (0, 1]; each market sums to ``winners``. A market's figures do not depend on the
        others in the batch.

    Raises
    ------
    ValueError
        For an unknown method, a price that is not finite and above 1, or winners outside (0, n).

    Notes
    -----
    A sub-fair market (inverse prices that sum to less than ``winners``: a book's mistake, or the best prices
    of several books) is scaled up by the same formula; Shin, which explains a positive margin only, falls
    back to multiplicative. Additive and goto can push a long shot below zero: no outcome is taken below a
    tenth of its multiplicative probability, and the others bear the rest.
    """
    table = np.asarray(prices, dtype=np.float64)
    n = table.shape[-1] if table.ndim else 0
    _check(n, method, winners)
    if not ((table > 1.0) & (table < np.inf) | np.isnan(table)).all():
        raise ValueError(PRICE_RANGE)
    q = np.ascontiguousarray(1.0 / table.reshape(-1, n).T)
    missing = np.isnan(q).any(axis=0)
    if missing.any():
        probabilities = np.full_like(q, np.nan)
        probabilities[:, ~missing] = METHODS[method](np.ascontiguousarray(q[:, ~missing]), winners)
    else:
        probabilities = METHODS[method](q, winners)
    return np.ascontiguousarray(probabilities.T).reshape(table.shape)


def devig_one(prices: Sequence[float], method: str = DEFAULT, winners: float = 1.0) -> list[float]:
    """Return the probabilities behind the prices of a single market; ``devig`` without its overhead.

    Power runs in plain floats (3 us for three outcomes); the others go through ``devig``.
    """
    if method != "power":
        return [float(p) for p in devig(prices, method, winners)]
    _check(len(prices), method, winners)
    return power_one(prices, winners)


def _check(n: int, method: str, winners: float) -> None:
    if method not in METHODS:
        raise ValueError(f"unknown de-vig method {method!r}: one of {', '.join(METHODS)}")
    if not 2 <= n <= MAX_OUTCOMES:
        raise ValueError(f"a market has 2 to {MAX_OUTCOMES} outcomes, not {n}")
    if not 0.0 < winners < n:
        raise ValueError(f"winners must lie between 0 and the {n} outcomes, not {winners}")
