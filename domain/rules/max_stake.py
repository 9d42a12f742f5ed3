"""The stake is above the bettor's limit."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class MaxStake(Rule):
    """The stake is within the operator's limit times the bettor's stake factor, and what Kelly allows."""

    name = "max_stake"
    needs = frozenset({"unknown_operator", "invalid_stake", "bettor_banned"})
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the stake; limit: the bettor's own limit."""
        # 1e-6 of a minor unit is float rounding: 0.29 x 100,000 is 29,000.
        most = int(request.bettor_limit + 1e-6)
        return self._stake_up_to(request, most, request.stake, most)
