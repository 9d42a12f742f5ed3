"""The lines or parts of the bet cannot share its stake equally."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class UnevenStake(Rule):
    """The stake is a whole number of minor units on every line or part."""

    name = "uneven_stake"
    scope = "bet"
    needs = frozenset({"invalid_stake", "unknown_kind"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: what is left over; limit: 0. A smaller stake that goes up evenly would be taken."""
        shared = request.sharing
        if shared is None:
            return self._holds(True)
        left = request.stake % shared.parts
        return Finding(self.name, left == 0, left, 0, request.stake - left)
