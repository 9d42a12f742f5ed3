"""Prices are those of the ladder."""

from domain.price_rules.rule import PriceQuestion, PriceRule, Prices


class OnLadder(PriceRule):
    """Each price is rounded down to the ladder: the operator keeps the difference."""

    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Round down."""
        round_down = question.ladder.round_down
        return {outcome: round_down(price) for outcome, price in prices.items()}
