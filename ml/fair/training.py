"""Trees that learn the move from the consensus to the close.

The loss is the divergence of the close from the corrected consensus: cross-entropy against the closing
probabilities as a soft target, the log of the consensus being the base margin. Learning the result instead
(``target="result"``) is possible, and worse: a close says in a few thousand matches what results say in a
hundred thousand.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import xgboost
from scipy.optimize import minimize_scalar

from domain.arrays import Array, Mask
from domain.evaluation import divergence
from ml.fair.players import MIRRORED
from ml.fair.table import Single, Table

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True)
class Settings:
    """How trees are grown; the names are XGBoost's where it has them.

    Parameters
    ----------
    target : str
        ``close`` or ``result``.
    half_life_years : float or None
        By which older matches count half; None lets all count alike.
    blind : float
        Share of the matches that are shown once more with the sharp book's features hidden, so that the model
        also holds where that book does not quote.
    """

    rounds: int = 200
    max_depth: int = 3
    eta: float = 0.06
    subsample: float = 0.7
    colsample_bytree: float = 0.4
    min_child_weight: float = 20.0
    reg_lambda: float = 10.0
    max_bin: int = 64
    seed: int = 0
    target: Literal["close", "result"] = "close"
    half_life_years: float | None = None
    blind: float = 0.15

    def parameters(self, outcomes: int) -> dict[str, Any]:
        """Return XGBoost's parameters. One thread: sums come in one order, so the trees are the same."""
        own = {"rounds", "target", "half_life_years", "blind"}
        return {name: value for name, value in asdict(self).items() if name not in own} | {
            "objective": "multi:softprob",
            "num_class": outcomes,
            "base_score": 0.0,
            "tree_method": "hist",
            "disable_default_eval_metric": 1,
            "nthread": 1,
        }


def settings_of(market: str, seed: int = 0) -> Settings:
    """Return how trees are grown for a market where nothing else is asked for.

    Who wins a tennis match is learned from results: few shallow trees, since a result says so much less than
    a close. The number was chosen on the matches of 2023 alone.
    """
    if market != "ml":
        return Settings(seed=seed)
    return Settings(
        rounds=20,
        max_depth=2,
        eta=0.025,
        colsample_bytree=0.6,
        min_child_weight=60.0,
        reg_lambda=50.0,
        seed=seed,
        target="result",
    )


def usable(table: Table, settings: Settings) -> Mask:
    """Tell which matches can be learned from."""
    if settings.target == "result":
        return np.asarray(table.results >= 0)
    return np.asarray(~np.isnan(table.closing).any(axis=1))


def train(table: Table, chosen: Mask, settings: Settings) -> xgboost.Booster:
    """Return trees grown on the chosen matches; the same matches and settings give the same bytes."""
    chosen = chosen & usable(table, settings)
    if not chosen.any():
        raise ValueError("no match to learn from: it takes prices before the close, and a close or a result")
    target = table.closing if settings.target == "close" else _came(table)
    weights = np.ones(len(table))
    if settings.half_life_years is not None:
        age = (table.starts_ms[chosen].max() - table.starts_ms) / YEAR_MS
        weights = 0.5 ** (age / settings.half_life_years)
    rows = table.features[chosen]
    base, aim, weight = table.consensus[chosen], target[chosen], weights[chosen]
    if table.markets[0].name == "ml":
        rows = np.concatenate([rows, mirrored(rows, table.names)])
        base, aim = (np.concatenate([each, each[:, ::-1]]) for each in (base, aim))
        weight = np.concatenate([weight, weight])
    if settings.blind > 0.0:
        again = np.random.default_rng(settings.seed).random(len(rows)) < settings.blind
        rows = np.concatenate([rows, _blinded(rows[again], table.names)])
        base, aim = np.concatenate([base, base[again]]), np.concatenate([aim, aim[again]])
        weight = np.concatenate([weight, weight[again]])
    return _grow(rows, base, aim, weight, settings)


def _grow(rows: Single, base: Array, aim: Array, weight: Array, settings: Settings) -> xgboost.Booster:
    data = xgboost.QuantileDMatrix(rows, max_bin=settings.max_bin, nthread=1)
    data.set_base_margin(np.log(base).astype(np.float32))

    def slope(margins: Array, _: xgboost.DMatrix) -> tuple[Array, Array]:
        p = softmax(margins)
        return (p - aim) * weight[:, None], np.maximum(p * (1.0 - p), 1e-6) * weight[:, None]

    return xgboost.train(settings.parameters(base.shape[1]), data, settings.rounds, obj=slope)


def _blinded(rows: Single, names: tuple[str, ...]) -> Single:
    hidden = rows.copy()
    hidden[:, [place for place, name in enumerate(names) if name.startswith("sharp_")]] = np.nan
    return hidden


def mirrored(rows: Single, names: Sequence[str]) -> Single:
    """Return the features of the same two-way markets with both sides in each other's place."""
    turned = rows.copy()
    turned[:, [place for place, name in enumerate(names) if name in MIRRORED]] *= -1.0
    return turned


def _came(table: Table) -> Array:
    came = np.zeros_like(table.consensus)
    known = table.results >= 0
    came[known, table.results[known]] = 1.0
    return came


def softmax(margins: Array) -> Array:
    """Return probabilities, each row summing to one."""
    lifted = np.exp(margins - margins.max(axis=-1, keepdims=True))
    return np.asarray(lifted / lifted.sum(axis=-1, keepdims=True))


def margins(trees: xgboost.Booster, rows: Single, consensus: Array) -> Array:
    """Return the log of the consensus plus what the trees add, shape (matches, outcomes)."""
    base = np.log(consensus).astype(np.float32)
    found = trees.inplace_predict(rows, predict_type="margin", base_margin=base)
    return np.asarray(found, dtype=np.float64).reshape(len(rows), -1)


def temperature(probabilities: Array, close: Array) -> float:
    """Return the power that brings probabilities nearest to the close: 1 where they are calibrated."""
    log_p = np.log(probabilities)

    def loss(power: float) -> float:
        return float(divergence(close, softmax(power * log_p)).mean())

    return float(minimize_scalar(loss, bounds=(0.8, 1.25), method="bounded").x)
