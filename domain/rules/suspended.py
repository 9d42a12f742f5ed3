"""The market takes no bet."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class Suspended(Rule):
    """The market is open and has a price on the outcome."""

    name = "suspended"
    needs = frozenset({"unknown_outcome"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: 1 where no bet is taken; limit: 0."""
        closed = request.suspended is not None or request.standing_price is None
        return self._holds(not closed, int(closed), 0)
