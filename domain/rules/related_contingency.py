"""Two legs of the bet are on one event: what makes one win makes the other likelier."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class RelatedContingency(Rule):
    """Each leg is on an event of its own."""

    name = "related_contingency"
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: legs beyond the first on an event; limit: 0."""
        return self._holds(request.related == 0, request.related, 0)
