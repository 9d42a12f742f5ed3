"""Prices do not jump."""

from domain.price_rules.rule import PriceQuestion, PriceRule, Prices


class LargestMove(PriceRule):
    """A price changes by no more than ``max_move`` of itself for each second since the standing one.

    A feed that errs for a moment then does little harm. What is left of the move follows; the rules that
    shorten prices come later and are not held back.
    """

    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Hold each price near the standing one."""
        most = question.rules.max_move
        if most is None or prices.keys() != question.standing.keys():
            return prices
        share = most * max(0.0, question.seconds)
        held = {}
        for outcome, price in prices.items():
            standing = question.standing[outcome]
            held[outcome] = min(max(price, standing / (1.0 + share)), standing * (1.0 + share))
        return held
