"""The bettor bets on the same thing over and over: a stake in small pieces."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class DuplicatePattern(Rule):
    """The bettor's bets of the last minute on the same selections are within the operator's limit."""

    name = "duplicate_pattern"
    scope = "bet"
    needs = frozenset({"unknown_operator"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: such bets, this one included; limit: the most that are taken."""
        most = request.settings.max_same_per_minute
        return self._holds(request.same_last_minute <= most, request.same_last_minute, most)
