"""The event has no room for the bet."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class EventLimit(Rule):
    """The bet keeps the event's worst case within its limit, or does not deepen one that is beyond it."""

    name = "event_limit"
    needs = frozenset({"unknown_outcome", "invalid_stake", "invalid_price"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the event's worst case with the bet, markets added up; limit: the most that may be lost."""
        limit = request.settings.event_limit
        return self._stake_up_to(request, request.event_room(limit), request.event_worst_case, limit)
