"""There is no such kind of bet, or it does not go with so many legs, or is not taken."""

from domain.bets.kinds import kind_of
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class UnknownKind(Rule):
    """The kind of bet is known, goes with its number of legs, and is taken.

    A leg of an each-way bet is taken where its event has a place part on the terms that the bet was made for.
    """

    name = "unknown_kind"
    scope = "both"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the number of legs; limit: the most that the kind has, 0 where it is not taken."""
        if request.kind == "single" and request.legs == 1 and not request.each_way:
            return self._holds(True, 1, 1)
        if request.kind == "single" and request.each_way:
            return self._holds(request.split is not None, request.legs, int(request.split is not None))
        kind = kind_of(request.kind)
        both_ways = request.lines is not None and bool(request.lines.place_of)
        taken = kind is not None and kind.same_event == request.joint and request.each_way == both_ways
        if kind is None or not taken:
            return self._holds(False, request.legs, 0)
        return self._holds(kind.least <= request.legs <= kind.most, request.legs, kind.most)
