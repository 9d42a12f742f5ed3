"""Arbitrage within one market.

Over n outcomes with the best net price o of each: sum 1/o < 1, stakes in proportion to 1/o, a profit of
1 / sum - 1 per unit staked. Where n - 1 outcomes win at once (double chance), each of them pays: the sum is
held against the number of winners. Where a market can push (a whole or quarter line) the refund falls on all
legs alike: less profit, no loss.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from domain.arbitrage.config import ArbitrageConfig
from domain.arbitrage.opportunity import ALWAYS, Offer, Opportunity, opportunity
from domain.arbitrage.watch import Stand, Watch
from domain.markets import parse, winners_of


def find(
    watch: Watch, outcomes: Sequence[str], config: ArbitrageConfig, market: str = ""
) -> Opportunity | None:
    """Return the arbitrage between the books that stand now, or None.

    Of equal prices the one confirmed last is taken, then the first book by name.
    """
    return among(best_offers(watch, outcomes, config), outcomes, watch.now_ms, config, market)


def find_against(
    watch: Watch,
    outcomes: Sequence[str],
    operator: str,
    own_prices: Mapping[str, float],
    config: ArbitrageConfig,
) -> Opportunity | None:
    """Return the best arbitrage with at least one leg at the operator's own prices, or None.

    Parameters
    ----------
    own_prices : mapping of str to float
        What the operator offers now, by outcome; no commission.
    """
    best = best_offers(watch, outcomes, config)
    own = own_offers(operator, own_prices, watch.now_ms)
    mixed = with_own(best, own, outcomes)
    return None if mixed is None else among(mixed, outcomes, watch.now_ms, config)


def own_offers(operator: str, prices: Mapping[str, float], from_ms: int) -> dict[str, Offer]:
    """Return an operator's prices as offers."""
    return {outcome: Offer(price, operator, price, from_ms, ALWAYS) for outcome, price in prices.items()}


def better_than(best: Mapping[str, Offer], own: Mapping[str, Offer]) -> dict[str, Offer]:
    """Return the own offers that are as good as the best elsewhere."""
    return {
        outcome: offer
        for outcome, offer in own.items()
        if outcome not in best or offer.net_price >= best[outcome].net_price
    }


def with_own(
    best: Mapping[str, Offer], own: Mapping[str, Offer], outcomes: Sequence[str]
) -> dict[str, Offer] | None:
    """Return the best prices with one at least that is the operator's own, or None where it has none."""
    better = better_than(best, own)
    if not better:
        # The own price that costs a bettor least to take instead of the market's best.
        costs = {o: 1.0 / own[o].net_price - 1.0 / best[o].net_price for o in outcomes if o in own}
        if not costs:
            return None
        cheapest = min(costs, key=costs.__getitem__)
        better = {cheapest: own[cheapest]}
    return {**best, **better}


def best_offers(watch: Watch, outcomes: Sequence[str], config: ArbitrageConfig) -> dict[str, Offer]:
    """Return the best net price of each outcome among the books that stand and are fresh."""
    oldest_ms = watch.now_ms - config.max_age_ms
    best: dict[str, Offer] = {}
    for book, stand in watch.stands.items():
        if stand.quoted_at_ms < oldest_ms:
            continue
        prices = stand.prices
        for outcome in outcomes:
            price = prices.get(outcome)
            if price is None:
                continue
            net = config.net(book, price)
            rival = best.get(outcome)
            if (
                rival is None
                or net > rival.net_price
                or (net == rival.net_price and _fresher(stand, book, rival))
            ):
                best[outcome] = Offer(net, book, price, stand.from_ms, stand.quoted_at_ms)
    return best


def _fresher(stand: Stand, book: str, rival: Offer) -> bool:
    return (-stand.quoted_at_ms, book) < (-rival.quoted_at_ms, rival.book)


def among(
    best: Mapping[str, Offer],
    outcomes: Sequence[str],
    now_ms: int,
    config: ArbitrageConfig,
    market: str = "",
) -> Opportunity | None:
    """Return the arbitrage that the best prices of a market make, or None."""
    if len(outcomes) < 2 or len(best) < len(outcomes):
        return None
    total = 0.0
    for outcome in outcomes:
        total += 1.0 / best[outcome].net_price
    margin = winners_of(market) / total - 1.0
    if margin <= config.least:
        return None
    chosen = [
        (market, outcome, best[outcome], 1.0 / (best[outcome].net_price * total)) for outcome in outcomes
    ]
    return opportunity(margin, margin * share_at_risk(market), chosen, now_ms, config)


@lru_cache(maxsize=10_000)
def share_at_risk(market: str) -> float:
    """Return which share of the stakes is never refunded: 0 on a whole line, half on a quarter line."""
    try:
        parsed = parse(market)
    except ValueError:
        return 1.0
    if parsed.type.key == "dnb":
        return 0.0
    if not parsed.type.lined:
        return 1.0
    return {0: 0.0, 1: 0.5, 2: 1.0, 3: 0.5}[round(parsed.line * 4) % 4]
