"""Nobody knows the event."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class UnknownEvent(Rule):
    """The event has a fixture."""

    name = "unknown_event"

    def check(self, request: BetRequest) -> Finding:
        """Figure: fixtures of the event; limit: how many it takes."""
        return self._holds(request.event_known, int(request.event_known), 1)
