"""The price has moved against the bet."""

from domain.book import PRICE_SCALE, price_units
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class PriceMoved(Rule):
    """The price asked is not better than the standing one by more than the operator tolerates.

    A bet that passes is taken at the price that it asked for: neither worse for the bettor than asked, nor
    better. So a bet that asks for less than stands is taken at less.
    """

    name = "price_moved"
    needs = frozenset({"unknown_outcome", "invalid_price"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the price asked; limit: the best that is given, 0 where nothing stands."""
        if request.standing_price is None:
            return self._holds(False, request.price, 0.0)
        # In whole ten-thousandths, so that equal prices are equal; the margin of 1e-6 is float rounding.
        standing = price_units(request.standing_price)
        most = int(standing * (1 + request.settings.price_tolerance) + 1e-6)
        return self._holds(price_units(request.price) <= most, request.price, most / PRICE_SCALE)
