"""The bet would pay more than the operator pays on one bet."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class MaxPayout(Rule):
    """What the bet pays, stake included, is within the operator's limit."""

    name = "max_payout"
    needs = frozenset({"unknown_operator", "invalid_stake", "invalid_price", "unknown_kind"})
    scope = "bet"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the payout; limit: the most that is paid."""
        limit = request.settings.max_payout
        return self._stake_up_to(request, request.stake_paying(limit), request.pays, limit)
