"""The event has no such market."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class UnknownMarket(Rule):
    """The operator offers the market."""

    name = "unknown_market"
    needs = frozenset({"unknown_operator", "unknown_event"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: outcomes of the market; limit: how many it takes."""
        return self._holds(len(request.outcomes) > 0, len(request.outcomes), 1)
