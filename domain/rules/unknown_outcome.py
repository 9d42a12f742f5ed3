"""The market has no such outcome."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class UnknownOutcome(Rule):
    """The outcome is one of the market's."""

    name = "unknown_outcome"
    needs = frozenset({"unknown_market"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: outcomes of that name; limit: how many it takes."""
        known = request.outcome in request.outcomes
        return self._holds(known, int(known), 1)
