"""No price is longer than a competitor's."""

from domain.price_rules.rule import PriceQuestion, PriceRule, Prices, shortened


class AsShortAs(PriceRule):
    """No price is longer than the shortest of the books that the operator follows."""

    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Shorten to what they show."""
        followed = question.basis.followed
        return shortened(prices, followed, question.ladder) if followed else prices
