"""The operator takes those bets alone that do not deepen what it may lose."""

from domain.each_way_room import split_market_room
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class Reducing(Rule):
    """While the operator is reducing, a bet leaves the market's worst case as it is or makes it less."""

    name = "reducing"
    needs = frozenset({"unknown_outcome", "invalid_stake", "invalid_price"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the stake; limit: the largest stake that deepens nothing."""
        if not request.reducing:
            return self._holds(True)
        if request.split is not None:
            most = split_market_room(request.book, request.split, 0)
        else:
            most = request.book.market_room(request.market, request.outcome, request.price, 0)
        return self._stake_up_to(request, most, request.stake, most)
