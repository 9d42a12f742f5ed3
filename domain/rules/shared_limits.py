"""The competition, the sport, the operator or the platform has no room for the bet: limits on many events.

What counts is the part of a limit that the event's partition goes by (``domain.allotments``).
"""

from typing import ClassVar

from domain.limits import PLATFORM
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule
from schemas import SharedRoom


class SharedLimit(Rule):
    """The bet keeps what its partition may lose within its amount, or deepens nothing."""

    needs = frozenset({"unknown_outcome", "invalid_stake", "invalid_price"})
    shared = True
    holder: ClassVar[str] = ""
    scope_begins: ClassVar[str] = ""

    def check(self, request: BetRequest) -> Finding:
        """Figure: what the partition may lose with the bet; limit: its amount, the tightest."""
        rooms = [room for room in request.shared if self._counts(room)]
        if not rooms:
            return self._holds(True)
        room = min(rooms, key=lambda each: each.allotted - each.used)
        standing = request.book.worst_case()
        most = request.event_room(standing + max(0, room.allotted - room.used))
        worst = room.used - standing + request.event_worst_case
        return self._stake_up_to(request, most, worst, room.allotted)

    def _counts(self, room: SharedRoom) -> bool:
        return room.operator != PLATFORM and room.scope.startswith(self.scope_begins)


class CompetitionLimit(SharedLimit):
    """Of the operator's limit on a competition."""

    name = "competition_limit"
    scope_begins = "competition:"


class SportLimit(SharedLimit):
    """Of the operator's limit on a sport."""

    name = "sport_limit"
    scope_begins = "sport:"


class OperatorLimit(SharedLimit):
    """Of the operator's limit on all of its events."""

    name = "operator_limit"
    scope_begins = "all"


class PlatformLimit(SharedLimit):
    """Of the platform's limits on all operators together: whichever is tightest."""

    name = "platform_limit"

    def _counts(self, room: SharedRoom) -> bool:
        return room.operator == PLATFORM
