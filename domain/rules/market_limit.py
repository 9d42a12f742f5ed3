"""The market has no room for the bet."""

from domain.book import payout
from domain.each_way_room import split_market_room
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class MarketLimit(Rule):
    """The bet keeps the market's worst case within its limit, or does not deepen one that is beyond it."""

    name = "market_limit"
    needs = frozenset({"unknown_outcome", "invalid_stake", "invalid_price"})

    def check(self, request: BetRequest) -> Finding:
        """Figure: the market's worst case with the bet; limit: the most that may be lost."""
        market, outcome, stake, price = request.market, request.outcome, request.stake, request.price
        limit, split = request.settings.market_limit, request.split
        if split is not None:
            return self._stake_up_to(
                request,
                split_market_room(request.book, split, limit),
                max(
                    request.book.worst_case_with(hold.market, hold.outcome, hold.stake, hold.payout)
                    for hold in split.holds(stake)
                ),
                limit,
            )
        most = request.book.market_room(market, outcome, price, limit)
        worst = request.book.worst_case_with(market, outcome, stake, payout(stake, price))
        return self._stake_up_to(request, most, worst, limit)
