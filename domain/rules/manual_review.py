"""A person has to look at the bet first."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class ManualReview(Rule):
    """The operator takes the bettor's bets unseen, or a person has approved this one."""

    name = "manual_review"
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: 1 where a person has yet to approve; limit: 0."""
        return self._holds(not request.review, int(request.review), 0)
