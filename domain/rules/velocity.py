"""The bettor bets too fast."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class Velocity(Rule):
    """The bettor's bets of the last minute, this one included, are within the operator's limit."""

    name = "velocity"
    needs = frozenset({"unknown_operator"})
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: bets in the last minute; limit: the most that are taken."""
        most = request.settings.max_bets_per_minute
        return self._holds(request.bets_last_minute <= most, request.bets_last_minute, most)
