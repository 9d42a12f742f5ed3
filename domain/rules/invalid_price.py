"""The price is not a price."""

from math import isfinite

from domain.book import PRICE_SCALE, price_units
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule

HIGHEST = 1e6
LEAST_UNITS = PRICE_SCALE + 1


def sound(price: float) -> bool:
    """Tell whether a number is a price."""
    return isfinite(price) and 1.0 < price <= HIGHEST and price_units(price) >= LEAST_UNITS


class InvalidPrice(Rule):
    """The price asked is a number above 1 (to the fourth decimal) and at most 1,000,000."""

    name = "invalid_price"
    scope = "both"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the price asked, 0 where it is not finite; limit: the least price."""
        return self._holds(sound(request.price), request.price, LEAST_UNITS / PRICE_SCALE)
