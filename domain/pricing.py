"""From a fair price to what an operator offers: suspension, a trader's moves, skew, margin, price rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log

from domain.dynamic_margin import HOUR_MS, risk_of, target_overround
from domain.in_play import Play, knows_score, up_to_date
from domain.margin import offer
from domain.markets import winners_of
from domain.price_rules import PRICE_RULES, PriceQuestion
from domain.price_rules.largest_move import LargestMove
from domain.skew import skewed
from domain.state_skew import StateSkew
from schemas import Exposure, FairPrice, LiveBasis, OfferedPrice, OperatorProfile, PriceBasis
from schemas.prices import OperatorState

ALL_MARKETS = "*"
NOTHING_ELSE = PriceBasis()
HALTED: OperatorState = "HALTED"


@dataclass(slots=True)
class EventInPlay:
    """What is known of an event beside its quotes.

    Parameters
    ----------
    starts_at_ms : int or None
        From the fixture; None while there is none.
    status : str
        ``scheduled``, or the latest result's status.
    markets : list of str
        Markets that have been quoted.
    exposures : dict of str to Exposure
        By operator.
    halted : dict of str to list of str
        Markets that an operator has suspended; ``*`` for all.
    overrides : dict of str to dict
        Prices that an operator has fixed: operator -> market -> outcome -> decimal odds.
    moves : dict of str to dict
        Lines that an operator has moved: operator -> market -> outcome -> log-odds.
    sport, competition : str
        From the fixture.
    play : Play or None
        How it stands in play; None where nobody has said.
    """

    starts_at_ms: int | None = None
    status: str = "scheduled"
    markets: list[str] = field(default_factory=list)
    exposures: dict[str, Exposure] = field(default_factory=dict)
    halted: dict[str, list[str]] = field(default_factory=dict)
    overrides: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    moves: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    sport: str = ""
    competition: str = ""
    play: Play | None = None


def counts(fair: FairPrice, books: Iterable[str]) -> bool:
    """Tell whether all of the books count in a fair price; in a derived one none does by itself."""
    return fair.derived is not None or {s.book for s in fair.books if s.rejected is None}.issuperset(books)


@dataclass(frozen=True, slots=True)
class Priced:
    """What comes of a fair price.

    Parameters
    ----------
    prices : dict of str to float
        Decimal odds by outcome; empty where there is no fair price.
    target : float
        The overround that the margin aimed at.
    confidence : float
        What the fair price is good for, 0 to 1.
    held : bool
        Whether the largest move per second holds prices back.
    """

    prices: dict[str, float]
    target: float = 0.0
    confidence: float = 1.0
    held: bool = False


def moved_markets(before: Exposure | None, after: Exposure) -> list[str]:
    """Return the markets whose stakes or payouts changed: no other price of the event goes by the change."""
    if before is None:
        return list(after.markets)
    markets = dict.fromkeys([*after.markets, *before.markets])
    return [name for name in markets if before.markets.get(name) != after.markets.get(name)]


def suspension(
    fair: FairPrice,
    event: EventInPlay,
    profile: OperatorProfile,
    now_ms: int,
    state: OperatorState = "ACTIVE",
    live: LiveBasis | None = None,
) -> str | None:
    """Return why no bet may be taken on a market, or None when it is open.

    The first that holds of: ``finished``, ``unknown_fixture``, ``started``, ``halted``, ``operator``,
    ``few_books``, ``mandatory``, ``no_price``; in play also ``score``, ``stale``.
    """
    started = event.starts_at_ms is not None and now_ms >= event.starts_at_ms
    margin = profile.margin(fair.market)
    halted = event.halted.get(profile.operator, ())
    checks = (
        ("finished", event.status in {"final", "void"}),
        ("unknown_fixture", event.starts_at_ms is None),
        ("started", started and not (profile.in_play and live is not None)),
        ("halted", state == HALTED),
        ("operator", ALL_MARKETS in halted or fair.market in halted),
        ("few_books", fair.counting < margin.min_books),
        ("mandatory", bool(margin.mandatory) and not counts(fair, margin.mandatory)),
        ("no_price", not fair.probabilities),
        ("score", started and live is not None and not knows_score(live, profile, now_ms)),
        ("stale", started and live is not None and not up_to_date(live, profile, now_ms)),
    )
    return next((reason for reason, holds in checks if holds), None)


def priced(
    fair: FairPrice,
    exposure: Exposure | None,
    profile: OperatorProfile,
    basis: PriceBasis = NOTHING_ELSE,
    *,
    starts_at_ms: int | None = None,
    now_ms: int = 0,
    standing: OfferedPrice | None = None,
    states: StateSkew | None = None,
) -> Priced:
    """Return an operator's prices of a market, from nothing but what is given.

    Parameters
    ----------
    starts_at_ms, now_ms : int or None, int
        Start of the event and event time, UTC milliseconds.
    standing : OfferedPrice or None
        What is offered now.
    states : StateSkew or None
        How the book tilts the event's scores; None where each market is skewed by its own stakes.
    """
    if not fair.probabilities:
        return Priced({})
    outcomes = list(fair.probabilities)
    probabilities = _moved(fair, outcomes, basis.moves)
    book = exposure.markets.get(fair.market) if exposure is not None else None
    tilted = None if states is None else states.moved(fair.market, tuple(outcomes), probabilities)
    if tilted is not None:
        probabilities = tilted
    elif book is not None and profile.skew > 0:
        profits = [float(book.stakes - book.payouts.get(outcome, 0)) for outcome in outcomes]
        probabilities = skewed(probabilities, profits, profile.skew)
    margin = profile.margin(fair.market)
    hours = None if starts_at_ms is None else (starts_at_ms - now_ms) / HOUR_MS
    risk = risk_of(fair, book, profile, sport=basis.sport, competition=basis.competition, hours=hours)
    target = target_overround(margin, risk)
    prices = dict(zip(outcomes, offer(probabilities, target, margin.method), strict=True))
    seconds = 0.0 if standing is None else (now_ms - standing.event_time_ms) / 1000.0
    question = PriceQuestion(profile.prices, basis, {} if standing is None else standing.prices, seconds)
    held = False
    for rule in PRICE_RULES:
        kept = rule.apply(prices, question)
        held = held or (isinstance(rule, LargestMove) and kept != prices)
        prices = kept
    if basis.overrides:
        prices = {outcome: basis.overrides.get(outcome, price) for outcome, price in prices.items()}
    return Priced(prices, target, risk.confidence, held)


def _moved(fair: FairPrice, outcomes: list[str], moves: Mapping[str, float]) -> list[float]:
    """Return the probabilities after a trader's moves; the other outcomes share what is left."""
    probabilities = [fair.probabilities[outcome] for outcome in outcomes]
    winners = winners_of(fair.market)
    for outcome, by in moves.items():
        if outcome not in fair.probabilities:
            continue
        place = outcomes.index(outcome)
        before = min(max(probabilities[place], 1e-9), 1.0 - 1e-9)
        after = 1.0 / (1.0 + exp(-(log(before / (1.0 - before)) + by)))
        scale = (winners - after) / (winners - before)
        probabilities = [p * scale for p in probabilities]
        probabilities[place] = after
    return probabilities


def basis_of(
    fair: FairPrice,
    event: EventInPlay,
    profile: OperatorProfile,
    *,
    quotes: Mapping[str, Mapping[str, float]],
    bounds: Mapping[str, float],
    state: OperatorState,
    limits: Mapping[str, int],
    live: LiveBasis | None = None,
) -> PriceBasis | None:
    """Return what a price stands on beside fair price, exposure and settings; None where that is nothing.

    Parameters
    ----------
    quotes : mapping of str to mapping of str to float
        What the books that count show: book -> outcome -> decimal odds.
    bounds : mapping of str to float
        What the operator's other prices on the event leave, by outcome.
    state, limits : str, mapping of str to int
        What the operator's traders have ordered.
    live : LiveBasis or None
        How new the price is, of an event in play.
    """
    fields: dict[str, object] = {}
    moved = profile.margin(fair.market).dynamic
    if moved.sports:
        fields["sport"] = event.sport
    if moved.competitions:
        fields["competition"] = event.competition
    if profile.prices.max_arbitrage is not None:
        fields["market"] = best_of(quotes.values(), longest=True)
    if profile.prices.as_short_as:
        fields["followed"] = best_of(
            (prices for book, prices in quotes.items() if book in profile.prices.as_short_as), longest=False
        )
    if bounds:
        fields["bounds"] = dict(bounds)
    overrides = event.overrides.get(profile.operator, {}).get(fair.market)
    if overrides:
        fields["overrides"] = dict(overrides)
    moves = event.moves.get(profile.operator, {}).get(fair.market)
    if moves:
        fields["moves"] = dict(moves)
    if state != "ACTIVE":
        fields["state"] = state
    if limits:
        fields["limits"] = dict(limits)
    if live is not None:
        fields["live"] = live
    return PriceBasis.model_validate(fields) if fields else None


def on_scores(basis: PriceBasis | None, states: StateSkew | None) -> PriceBasis | None:
    """Return a basis with the measure that the skew goes by."""
    if states is None:
        return basis
    return (basis or NOTHING_ELSE).model_copy(update={"scores_sequence": states.scores_sequence})


def best_of(quotes: Iterable[Mapping[str, float]], *, longest: bool) -> dict[str, float]:
    """Return the longest or the shortest price of each outcome."""
    better = max if longest else min
    found: dict[str, float] = {}
    for prices in quotes:
        for outcome, price in prices.items():
            found[outcome] = better(price, found.get(outcome, price))
    return found


def price_market(
    fair: FairPrice,
    event: EventInPlay,
    profile: OperatorProfile,
    now_ms: int,
    standing: OfferedPrice | None,
    basis: PriceBasis | None = None,
    states: StateSkew | None = None,
) -> OfferedPrice | None:
    """Return the operator's new price of a market, or None when the standing one still says it.

    Parameters
    ----------
    now_ms : int
        Event time of the partition, UTC milliseconds.
    standing : OfferedPrice or None
        What the operator offers so far.
    basis : PriceBasis or None
        As ``basis_of`` gives it.
    states : StateSkew or None
        As ``priced`` takes it.
    """
    exposure = event.exposures.get(profile.operator)
    on = basis or NOTHING_ELSE
    found = priced(
        fair,
        exposure,
        profile,
        on,
        starts_at_ms=event.starts_at_ms,
        now_ms=now_ms,
        standing=standing,
        states=states,
    )
    prices = found.prices
    suspended = suspension(fair, event, profile, now_ms, on.state, on.live)
    if standing is not None:
        prices = prices or standing.prices
        before = standing.basis or NOTHING_ELSE
        same_orders = on.state == before.state and on.limits == before.limits
        arrived = standing.held and not found.held
        if prices == standing.prices and suspended == standing.suspended and same_orders and not arrived:
            return None
    return OfferedPrice(
        operator=profile.operator,
        event_id=fair.event_id,
        market=fair.market,
        sequence=1 if standing is None else standing.sequence + 1,
        prices=prices,
        suspended=suspended,
        fair_sequence=fair.sequence,
        exposure_version=0 if exposure is None else exposure.version,
        settings_version=profile.version,
        overround=sum(1.0 / price for price in prices.values()),
        starts_at_ms=event.starts_at_ms,
        event_time_ms=now_ms,
        target_overround=found.target,
        confidence=found.confidence,
        held=found.held,
        basis=basis,
    )
