"""What an operator offers on a market, made from the partition's values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.clock import now_ms
from agents.measures import MEASURE
from agents.operators import desk_of
from domain.compilation import CompiledMarket
from domain.in_play import live_basis
from domain.price_bounds import PriceBounds
from domain.pricing import EventInPlay, basis_of, on_scores, price_market
from domain.state_skew import StateSkew, measure_of, state_skew
from domain.states import Measure
from schemas import FairPrice, LiveBasis, OfferedPrice, OperatorProfile
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
    states = skew_of(fair.event_id, event, profile, state)

    def priced(bounds: Mapping[str, float]) -> OfferedPrice | None:
        basis = basis_of(
            fair, event, profile, quotes=quotes, bounds=bounds, state=desk.state, limits=limits, live=live
        )
        return price_market(fair, event, profile, now, standing, on_scores(basis, states), states)

    price = priced({})
    if price is None or price.suspended is not None:
        return price
    bounds = _bounds(fair.event_id, profile.operator, state).of(
        event.sport,
        fair.market,
        price.prices,
        lambda: _open_prices(fair.event_id, event, profile.operator, state),
    )
    return priced(bounds) if bounds else price


def skew_of(event_id: str, event: EventInPlay, profile: OperatorProfile, state: State) -> StateSkew | None:
    """Return how an operator's book tilts an event's scores; made anew where any of it has changed."""
    exposure = event.exposures.get(profile.operator)
    if profile.skew <= 0 or exposure is None:
        return None
    scores = state.get(MEASURE, event_id)
    if scores is None:
        return None
    made: dict[tuple[str, str], tuple[tuple[int, int, float], StateSkew | None]]
    made = state.local.setdefault("skews", {})
    on = scores.sequence, exposure.version, profile.skew
    known = made.get((event_id, profile.operator))
    if known is None or known[0] != on:
        measure = _measure(scores, state)
        tilt = None
        if measure is not None:
            tilt = state_skew(measure, scores.sequence, exposure, profile.skew)
        known = made[event_id, profile.operator] = on, tilt
    return known[1]


def _measure(scores: FairPrice, state: State) -> Measure | None:
    measures: dict[str, tuple[int, Measure | None]] = state.local.setdefault("measures", {})
    known = measures.get(scores.event_id)
    if known is None or known[0] != scores.sequence:
        known = measures[scores.event_id] = scores.sequence, measure_of(scores)
    return known[1]


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
