"""The event has no room for the bet."""

from domain.book import payout
from domain.each_way_room import split_event_room, split_worst_case
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class EventLimit(Rule):
    """The bet keeps the event's worst case within its limit, or does not deepen one that is beyond it."""

    name = "event_limit"
    needs = frozenset({"unknown_outcome", "invalid_stake", "invalid_price"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the event's worst case with the bet, markets added up; limit: the most that may be lost."""
        market, outcome, stake, price = request.market, request.outcome, request.stake, request.price
        limit, book = request.settings.event_limit, request.book
        if request.split is not None:
            room = split_event_room(book, request.split, limit)
            return self._stake_up_to(request, room, split_worst_case(book, request.split, stake), limit)
        most = book.event_room(market, outcome, price, limit)
        others = book.worst_case() - book.worst_case(market)
        worst = others + book.worst_case_with(market, outcome, stake, payout(stake, price))
        return self._stake_up_to(request, most, worst, limit)
