"""The stake is not a sum of money."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class InvalidStake(Rule):
    """The stake is at least one minor unit."""

    name = "invalid_stake"
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the stake; limit: the least."""
        return self._holds(request.stake >= 1, request.stake, 1)
