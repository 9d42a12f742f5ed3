"""The operator takes no bet from this bettor."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class BettorBanned(Rule):
    """The bettor's stake factor is above 0."""

    name = "bettor_banned"
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the stake factor; limit: 0, which it must exceed."""
        return self._holds(request.stake_factor > 0, request.stake_factor, 0)
