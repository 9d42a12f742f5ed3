"""The event is under way."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class EventStarted(Rule):
    """The event has not started."""

    name = "event_started"
    needs = frozenset({"unknown_event"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: 1 once it has started; limit: 0."""
        return self._holds(not request.event_started, int(request.event_started), 0)
