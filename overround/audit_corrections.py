"""Corrected prices recomputed: the model that a price names, on the features that it stood on."""

from typing import TYPE_CHECKING

from schemas import FairPrice

if TYPE_CHECKING:
    from ml.fair.library import Library
    from ml.fair.model import FairModel


class Corrections:
    """Makes corrections anew.

    Parameters
    ----------
    models : Library, optional
        Where models are found by name; those that ship where none is given.
    """

    def __init__(self, models: "Library | None") -> None:
        self._models = models

    def again(self, published: FairPrice, consensus: FairPrice) -> FairPrice | None:
        """Return a corrected price made anew, None where its model is gone.

        Parameters
        ----------
        published : FairPrice
            The price as it was published, with what its correction stood on.
        consensus : FairPrice
            The consensus made anew.
        """
        model = self._named(published)
        if model is None:
            return None
        return consensus.model_copy(
            update={
                "probabilities": model.recomputed(published),
                "consensus": consensus.probabilities,
                "model": model.name,
                "correction": published.correction,
            }
        )

    def explained(self, published: FairPrice) -> dict[str, dict[str, float]] | None:
        """Return what each feature added to the log of each outcome's probability, None without a model.

        SHAP values of the model's trees; see ``FairModel.contributions``.
        """
        model = self._named(published) if published.correction is not None else None
        return model.explained(published) if model is not None else None

    def _named(self, published: FairPrice) -> "FairModel | None":
        """Return the model that made a price, None where it is gone."""
        from ml.fair.library import ModelUnavailableError

        if self._models is None:
            from overround.models import shipped

            self._models = shipped()
        try:
            return self._models.named(published.market, published.model).model
        except ModelUnavailableError:
            return None
