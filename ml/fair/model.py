"""The model as it prices: trees, what bounds them, and the card that says what they were made of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import xgboost

from domain.arrays import Array
from ml.fair.features import evidence, features
from ml.fair.form import Forms
from ml.fair.match import OUTCOMES, Market
from ml.fair.shipped import CHAMPION, SHIPPED
from ml.fair.table import Single
from ml.fair.training import margins, mirrored, softmax
from schemas import FairPrice

__all__ = ["CAP", "CHAMPION", "SHIPPED", "FairModel"]

CAP = 0.15
"""The most that the log of a probability is corrected by, before they are made to sum to one."""


@dataclass(frozen=True)
class FairModel:
    """Corrects a consensus towards its close.

    Parameters
    ----------
    trees : bytes
        XGBoost's UBJSON.
    card : dict
        What it is and what it was made of; ``name``, ``features`` and ``temperature`` are used here.
    """

    trees: bytes
    card: dict[str, Any]

    @property
    def name(self) -> str:
        """What prices name as their model."""
        return str(self.card["name"])

    @property
    def market(self) -> str:
        """The market that it corrects."""
        return str(self.card.get("market", "1x2"))

    @cached_property
    def booster(self) -> xgboost.Booster:
        """The trees, on one thread."""
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(self.trees))
        return booster

    def correct(self, markets: Sequence[Market], form: Forms) -> Array:
        """Return corrected probabilities of a batch of markets.

        Parameters
        ----------
        markets : sequence of Market
            Each with a consensus and at least one book.
        form : Forms
            Of the matches that were final at the markets' own instant.

        Returns
        -------
        ndarray, shape (markets, outcomes)
            In the order of ``OUTCOMES``. A row does not depend on the others in the batch.
        """
        if not markets:
            return np.empty((0, len(OUTCOMES[self.market])))
        rows = self.rows(markets, form)
        consensus = np.array([market.consensus for market in markets])
        weights = np.array([evidence(market, form) for market in markets])
        return self.corrected(rows, consensus, weights)

    def rows(self, markets: Sequence[Market], form: Forms) -> Single:
        """Return the features of markets, shape (markets, features)."""
        wanted = self.card["features"]
        found = [[each[name] for name in wanted] for each in features(markets, form)]
        return np.array(found, dtype=np.float32)

    def corrected(self, rows: Single, consensus: Array, weights: Array) -> Array:
        """Return corrected probabilities from features that are at hand; ``weights`` is the evidence."""
        base = np.log(consensus)
        found = margins(self.booster, rows, consensus)
        if self.market == "ml":  # neither side is the first: what is said of one is said of the other
            turned = margins(self.booster, mirrored(rows, self.card["features"]), consensus[:, ::-1])
            found = 0.5 * (found + turned[:, ::-1])
        correction = found - base
        correction -= (consensus * correction).sum(axis=1, keepdims=True)
        bounded = np.clip(correction, -CAP, CAP) * weights[:, None]
        return softmax(float(self.card["temperature"]) ** weights[:, None] * (base + bounded))

    def recomputed(self, price: FairPrice) -> dict[str, float]:
        """Return the probabilities of a price that this model has made, from what the price stood on.

        Raises
        ------
        ValueError
            No model has corrected the price.
        """
        rows, consensus, weight = _stood_on(price)
        found = self.corrected(rows, consensus, np.array([weight]))[0].tolist()
        values = dict(zip(OUTCOMES[self.market], found, strict=True))
        return {outcome: values[outcome] for outcome in price.consensus}

    def explained(self, price: FairPrice) -> dict[str, dict[str, float]]:
        """Return what ``explain`` says of a price that this model has made."""
        rows, consensus, _ = _stood_on(price)
        return self.contributions(rows, consensus[0].tolist())

    def explain(self, market: Market, form: Forms) -> dict[str, dict[str, float]]:
        """Return what each feature adds to the log of each outcome's probability (SHAP values of the trees).

        By outcome: features by name, ``consensus`` (where it starts) and ``bias``; cap, evidence and the
        scaling to one come after.
        """
        return self.contributions(self.rows([market], form), market.consensus)

    def contributions(self, row: Single, consensus: Sequence[float]) -> dict[str, dict[str, float]]:
        """Return the same from features that are at hand, shape (1, features)."""
        data = xgboost.DMatrix(row, nthread=1)
        shares = self.booster.predict(data, pred_contribs=True, strict_shape=True)[0]
        found = {}
        for place, outcome in enumerate(OUTCOMES[self.market]):
            *each, bias = (float(value) for value in shares[place])
            by_name = dict(zip(self.card["features"], each, strict=True))
            found[outcome] = {**by_name, "consensus": float(np.log(consensus[place])), "bias": bias}
        return found

    @classmethod
    def load(cls, folder: Path = CHAMPION) -> Self:
        """Return the model of a folder.

        Raises
        ------
        OSError
            There is none.
        """
        return cls((folder / "model.ubj").read_bytes(), json.loads((folder / "card.json").read_text()))


def _stood_on(price: FairPrice) -> tuple[Single, Array, float]:
    """Return the features, shape (1, features), the consensus, shape (1, outcomes), and the evidence."""
    if price.correction is None:
        raise ValueError("no model has corrected this price")
    values = [np.nan if value is None else value for value in price.correction.features]
    consensus = [price.consensus[outcome] for outcome in OUTCOMES[price.market]]
    return np.array([values], dtype=np.float32), np.array([consensus]), price.correction.evidence
