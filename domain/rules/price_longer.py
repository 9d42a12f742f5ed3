"""The price has moved in favour of the bet, and the operator asks to be told anew."""

from domain.book import PRICE_SCALE, price_units
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class PriceLonger(Rule):
    """The standing price is not longer than the one asked by more than is tolerated, where that matters.

    The other direction is ``price_moved``. A bet that asks for less than stands is taken at what it asks, so
    this protects the bettor; most operators let it be.
    """

    name = "price_longer"
    needs = frozenset({"unknown_outcome", "invalid_price"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the price asked; limit: the shortest that is taken, 0 for any."""
        if request.standing_price is None or not request.settings.refuse_longer:
            return self._holds(True, request.price, 0.0)
        standing = price_units(request.standing_price)
        least = int(standing / (1 + request.settings.price_tolerance) + 1e-6)
        return self._holds(price_units(request.price) >= least, request.price, least / PRICE_SCALE)
