"""From a fair price to what an operator offers: suspension, skew, margin, price ladder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ladder import round_down
from domain.margin import offer
from domain.skew import skewed
from schemas import Exposure, FairPrice, OfferedPrice, OperatorProfile

ALL_MARKETS = "*"


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
    """

    starts_at_ms: int | None = None
    status: str = "scheduled"
    markets: list[str] = field(default_factory=list)
    exposures: dict[str, Exposure] = field(default_factory=dict)
    halted: dict[str, list[str]] = field(default_factory=dict)
    overrides: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)


def suspension(fair: FairPrice, event: EventInPlay, profile: OperatorProfile, now_ms: int) -> str | None:
    """Return why no bet may be taken on a market, or None when it is open.

    The first that holds of: ``finished``, ``unknown_fixture``, ``started``, ``operator``, ``few_books``,
    ``no_price``.
    """
    halted = event.halted.get(profile.operator, ())
    checks = (
        ("finished", event.status in {"final", "void"}),
        ("unknown_fixture", event.starts_at_ms is None),
        ("started", event.starts_at_ms is not None and now_ms >= event.starts_at_ms),
        ("operator", ALL_MARKETS in halted or fair.market in halted),
        ("few_books", fair.counting < profile.margin(fair.market).min_books),
        ("no_price", not fair.probabilities),
    )
    return next((reason for reason, holds in checks if holds), None)


def offered_prices(
    fair: FairPrice, exposure: Exposure | None, profile: OperatorProfile, overrides: Mapping[str, float]
) -> dict[str, float]:
    """Return decimal odds by outcome: the fair price, skewed by the book, with the margin, on the ladder.

    Empty where there is no fair price.
    """
    if not fair.probabilities:
        return {}
    outcomes = list(fair.probabilities)
    probabilities = [fair.probabilities[outcome] for outcome in outcomes]
    book = exposure.markets.get(fair.market) if exposure is not None else None
    if book is not None and profile.skew > 0:
        profits = [float(book.stakes - book.payouts.get(outcome, 0)) for outcome in outcomes]
        probabilities = skewed(probabilities, profits, profile.skew)
    prices = offer(probabilities, profile.margin(fair.market).overround)
    return {
        outcome: overrides.get(outcome) or round_down(price)
        for outcome, price in zip(outcomes, prices, strict=True)
    }


def price_market(
    fair: FairPrice,
    event: EventInPlay,
    profile: OperatorProfile,
    now_ms: int,
    standing: OfferedPrice | None,
) -> OfferedPrice | None:
    """Return the operator's new price of a market, or None when the standing one still says it.

    Parameters
    ----------
    now_ms : int
        Event time of the partition, UTC milliseconds.
    standing : OfferedPrice or None
        What the operator offers so far.
    """
    exposure = event.exposures.get(profile.operator)
    overrides = event.overrides.get(profile.operator, {}).get(fair.market, {})
    prices = offered_prices(fair, exposure, profile, overrides)
    suspended = suspension(fair, event, profile, now_ms)
    if standing is not None:
        prices = prices or standing.prices
        if prices == standing.prices and suspended == standing.suspended:
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
    )
