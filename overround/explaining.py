"""Explanations of prices: the record of fair prices, and the models that made them."""

import asyncio
from typing import TYPE_CHECKING

from api.explanations import Explanation
from schemas import FairPrice, OfferedPrice

if TYPE_CHECKING:
    from ml.fair.library import Library
    from storage.prices import Prices


class RecordedExplanations:
    """Explains prices from what PostgreSQL has of them.

    Parameters
    ----------
    prices : Prices
        Where fair prices are found.
    models : Library
        Where models are found.
    """

    def __init__(self, prices: "Prices", models: "Library") -> None:
        self._prices = prices
        self._models = models

    async def explain(self, offered: OfferedPrice) -> Explanation | None:
        """Return what an offered price rests on, None where its fair price is not recorded."""
        fair = await self._prices.fair(offered.event_id, offered.market, offered.fair_sequence)
        if fair is None:
            return None
        # the first one imports what models run on, which takes seconds
        return await asyncio.to_thread(explained, offered, fair, self._models)


def explained(offered: OfferedPrice, fair: FairPrice, models: "Library") -> Explanation:
    """Return the explanation of a price; without contributions where its model is gone."""
    from ml.fair.library import ModelUnavailableError

    features: dict[str, float | None] = {}
    contributions: dict[str, dict[str, float]] = {}
    if fair.correction is not None:
        try:
            model = models.named(fair.market, fair.model).model
        except ModelUnavailableError:
            pass
        else:
            features = dict(zip(model.card["features"], fair.correction.features, strict=True))
            contributions = model.explained(fair)
    return Explanation(
        event_id=fair.event_id,
        market=fair.market,
        price_sequence=offered.sequence,
        fair_sequence=fair.sequence,
        as_of_ms=fair.as_of_ms,
        model=fair.model,
        probabilities=fair.probabilities,
        consensus=fair.uncorrected,
        evidence=fair.correction.evidence if fair.correction is not None else None,
        features=features,
        contributions=contributions,
        books=fair.books,
    )
