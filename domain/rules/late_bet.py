"""The bet comes too late: the prices that it saw are history."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule

TOLERANCE_MS = 30_000


class LateBet(Rule):
    """The bet came in soon after it was made."""

    name = "late_bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: milliseconds between the bet and its coming in; limit: the most that is taken."""
        late = max(0, -request.ahead_ms)
        return self._holds(late <= TOLERANCE_MS, late, TOLERANCE_MS)
