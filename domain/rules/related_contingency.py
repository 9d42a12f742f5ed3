"""Legs of the bet are on one event, where one makes the other likelier, and have no price together."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class RelatedContingency(Rule):
    """Each leg is on an event of its own, or they are a same-game multiple that can be priced."""

    name = "related_contingency"
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: legs beyond the first on an event; limit: 0."""
        return self._holds(request.related == 0, request.related, 0)
