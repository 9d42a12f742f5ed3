"""No arbitrage against the market's best prices, beyond what the operator bears.

A bettor who takes the better of two prices on each outcome wins 1 / sum(1 / price) - 1 per unit for sure.
Outcome by outcome, a price is shortened until that sum is large enough with it. A price that is not the best
of the market is no part of such a bet and is left alone, also where other books make an arbitrage without it.
"""

from domain.price_rules.rule import PriceQuestion, PriceRule, Prices


class MarketArbitrage(PriceRule):
    """What bettors may win for sure with the market's best prices stays within ``max_arbitrage``."""

    def apply(self, prices: Prices, question: PriceQuestion) -> Prices:
        """Shorten what goes beyond."""
        bearable, best = question.rules.max_arbitrage, question.basis.market
        if bearable is None or prices.keys() - best.keys():
            return prices
        least = 1.0 / (1.0 + bearable)
        total = sum([1.0 / max(price, best[outcome]) for outcome, price in prices.items()])
        if total >= least:
            return prices
        kept = dict(prices)
        # The price that stands out most is shortened first.
        for outcome in sorted(prices, key=lambda name: best[name] / prices[name]):
            price, rival = kept[outcome], best[outcome]
            if price <= rival or total >= least:
                break
            others = total - 1.0 / price
            most = max(rival, 1.0 / (least - others)) if least > others else price
            kept[outcome] = question.ladder.round_down(most)
            total = others + 1.0 / max(kept[outcome], rival)
        return kept
