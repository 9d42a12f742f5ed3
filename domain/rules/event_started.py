"""The event is under way."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class EventStarted(Rule):
    """The event has not started, or the operator takes bets in play."""

    name = "event_started"
    needs = frozenset({"unknown_event", "unknown_operator"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: 1 once it has started; limit: 0."""
        taken = not request.event_started or request.settings.in_play
        return self._holds(taken, int(request.event_started), 0)
