"""Corrected prices recomputed: the model that a price names, on the features that it stood on."""

from typing import TYPE_CHECKING

from schemas import FairPrice

if TYPE_CHECKING:
    from ml.fair.library import Library


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
        from ml.fair.library import ModelUnavailableError

        if self._models is None:
            from overround.models import shipped

            self._models = shipped()
        try:
            model = self._models.named(published.market, published.model).model
        except ModelUnavailableError:
            return None
        return consensus.model_copy(
            update={
                "probabilities": model.recomputed(published),
                "consensus": consensus.probabilities,
                "model": model.name,
                "correction": published.correction,
            }
        )
