"""The price is not good for that much."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class MarketConfidence(Rule):
    """The stake is within the bettor's limit times what the price is good for, as far as the operator asks.

    A price that few books stand behind, or books that disagree, takes smaller bets.
    """

    name = "market_confidence"
    needs = frozenset({"unknown_operator", "invalid_stake", "bettor_banned"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the stake; limit: the limit that the price is good for."""
        weight = request.settings.confidence_weight
        if weight == 0.0:
            return self._holds(True)
        share = 1.0 - weight * (1.0 - request.confidence)
        most = int(request.bettor_limit * share + 1e-6)
        return self._stake_up_to(request, most, request.stake, most)
