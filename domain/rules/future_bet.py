"""The bet claims to come from the future."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule

TOLERANCE_MS = 2_000
"""Clocks of two honest machines may differ by this much."""


class FutureBet(Rule):
    """The bet's time is not later than the time at which it came in, give or take the clocks."""

    name = "future_bet"
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: milliseconds ahead; limit: the most that is taken."""
        ahead = max(0, request.ahead_ms)
        return self._holds(ahead <= TOLERANCE_MS, ahead, TOLERANCE_MS)
