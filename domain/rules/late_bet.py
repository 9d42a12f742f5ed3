"""The bet comes too late: the prices that it saw are history."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class LateBet(Rule):
    """The bet came in soon after it was made, where the operator asks for that."""

    name = "late_bet"
    needs = frozenset({"unknown_operator"})
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: milliseconds from the bet to its coming in; limit: the most that is taken, 0 for any."""
        late = max(0, -request.ahead_ms)
        most = request.settings.max_bet_age_s * 1000
        return self._holds(most == 0 or late <= most, late, most)
