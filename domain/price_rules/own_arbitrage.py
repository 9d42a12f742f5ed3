"""No arbitrage among the operator's own prices on an event."""

from domain.price_rules.rule import PriceQuestion, PriceRule, Prices, shortened


class OwnArbitrage(PriceRule):
    """No price is longer than what the operator's other prices leave: see ``domain.price_bounds``."""

    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Shorten to the bounds."""
        bounds = question.basis.bounds
        return shortened(prices, bounds, question.ladder) if bounds else prices
