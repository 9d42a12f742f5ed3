"""What an operator offers on a market, made from the partition's values."""

from dataclasses import dataclass, field

from agents.clock import now_ms
from agents.operators import desk_of
from domain.compilation import CompiledMarket
from domain.in_play import live_basis
from domain.price_bounds import PriceBounds
from domain.pricing import EventInPlay, basis_of, price_market
from schemas import LiveBasis, OfferedPrice, OperatorProfile
from streams.state import Kind, State


@dataclass(slots=True)
class Offers:
    """What each operator offers on one market."""

    by_operator: dict[str, OfferedPrice] = field(default_factory=dict)


OFFERS = Kind("offers", Offers)


def new_offer(
    market: CompiledMarket,
    event: EventInPlay,
    profile: OperatorProfile,
    standing: OfferedPrice | None,
    state: State,
) -> OfferedPrice | None:
    """Return a new price, shortened where it would make an arbitrage with the operator's others.

    None where the standing one still says it, or there is no fair price yet.
    """
    fair, now = market.fair, now_ms(state)
    if fair is None:
        return None
    quotes = {}
    if profile.prices.looks_at_market:
        counting = {share.book for share in fair.books if share.rejected is None}
        quotes = {book: quote.prices for book, quote in market.quotes.items() if book in counting}
    desk = desk_of(state, profile.operator)
    limits = desk.limits_of(fair.event_id, fair.market)
    live = live_of(market, event, profile, now)
    basis = basis_of(
        fair, event, profile, quotes=quotes, bounds={}, state=desk.state, limits=limits, live=live
    )
    price = price_market(fair, event, profile, now, standing, basis)
    if price is None or price.suspended is not None:
        return price
    bounds = _bounds(fair.event_id, profile.operator, state).of(
        event.sport,
        fair.market,
        price.prices,
        lambda: _open_prices(fair.event_id, event, profile.operator, state),
    )
    if not bounds:
        return price
    basis = basis_of(
        fair, event, profile, quotes=quotes, bounds=bounds, state=desk.state, limits=limits, live=live
    )
    return price_market(fair, event, profile, now, standing, basis)


def live_of(
    market: CompiledMarket, event: EventInPlay, profile: OperatorProfile, now: int
) -> LiveBasis | None:
    """Return how new a price in play is; None before the start, and where it is not offered then."""
    if not profile.in_play or event.play is None or market.fair is None:
        return None
    started = event.starts_at_ms is not None and now >= event.starts_at_ms
    return live_basis(market, market.fair, event.play) if started else None


def _bounds(event_id: str, operator: str, state: State) -> PriceBounds:
    by_event: dict[tuple[str, str], PriceBounds] = state.local.setdefault("bounds", {})
    return by_event.setdefault((event_id, operator), PriceBounds())


def _open_prices(
    event_id: str, event: EventInPlay, operator: str, state: State
) -> dict[str, dict[str, float]]:
    """Return what an operator offers on an event, market by market, where bets are taken."""
    found = {}
    for name in event.markets:
        offers = state.get(OFFERS, f"{event_id}|{name}")
        price = offers.by_operator.get(operator) if offers is not None else None
        if price is not None and price.suspended is None:
            found[name] = price.prices
    return found
