"""Prices do not flicker."""

from domain.price_rules.rule import PriceQuestion, PriceRule, Prices


class SmallestMove(PriceRule):
    """A market in which no price has moved by ``min_ticks`` rungs keeps its prices."""

    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Give the standing prices back where none has moved far."""
        least, standing = question.rules.min_ticks, question.standing
        if least == 1 or prices.keys() != standing.keys():
            return prices
        tick = question.ladder.tick
        if all(abs(tick(price) - tick(standing[outcome])) < least for outcome, price in prices.items()):
            return {outcome: question.ladder.round_down(standing[outcome]) for outcome in prices}
        return prices
