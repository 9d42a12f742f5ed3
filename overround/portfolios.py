"""An operator's portfolio from what is recorded: open bets, the prices behind its own, and rivals' quotes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from domain.devig import devig_one
from domain.markets import winners_of
from domain.risk.hedge import Venue
from domain.risk.portfolio import (
    Line,
    OpenEvent,
    carry,
    counts_as_held,
    event_hedge,
    lines_of_open,
    portfolio_tail,
)
from domain.risk.position import lotteries
from domain.states import compile_measure
from domain.states.families import FAMILIES
from domain.states.settlement import payoff
from schemas import (
    Decision,
    EventRisk,
    HedgeBet,
    OfferedPrice,
    Portfolio,
    Quote,
    Settlement,
    TailFigure,
)
from streams.records import PlainRecord

if TYPE_CHECKING:
    from storage.database import Database

MOST_EVENTS = 20
"""So many events are told one by one, the worst first."""
MOST_OFFERS = 60
"""So many offers elsewhere a hedge is chosen from, the nearest to their fair price first."""

Offers = Mapping[str, Sequence[Venue]]
Held = tuple[str, str, str, int, int]
"""Event, market, outcome, stakes, payouts."""


async def look(database: "Database", operator: str, offers: Offers, pairs: int) -> Portfolio | None:
    """Return the portfolio as it stands; None where the operator has no open bets."""
    from storage.portfolios import Portfolios
    from storage.prices import Prices

    records = Portfolios(database)
    singles, combined = await records.singles(operator), await records.combined(operator)
    names = {single[0] for single in singles} | {leg.event_id for bet, _ in combined for leg in bet.legs}
    if not names:
        return None
    prices = await Prices(database).latest(operator)
    sports = await records.sports(sorted(names))
    return portfolio_of(operator, singles, combined, prices, sports, offers, pairs)


def portfolio_of(
    operator: str,
    singles: Sequence[Held],
    combined: Sequence[tuple[Decision, Settlement | None]],
    prices: Sequence[OfferedPrice],
    sports: Mapping[str, str],
    offers: Offers,
    pairs: int = 10_000,
) -> Portfolio:
    """Return a portfolio from nothing but what is given."""
    lines = [line for bet, settlement in combined for line in lines_of_open(bet, settlement)]
    held = [(bet, settlement) for bet, settlement in combined if counts_as_held(bet)]
    events = _events(singles, lines, held, prices, sports)
    found, drawn = portfolio_tail(events, lines, pairs)
    alone = _events(singles, (), held, prices, sports, also=events)
    for line in lines:
        carry(alone, line)
    risks = sorted(
        (_risk(name, event, offers.get(name, ())) for name, event in alone.items()),
        key=lambda risk: (-risk.worst_case, risk.event_id),
    )
    return Portfolio(
        operator=operator,
        event_time_ms=max(
            [price.event_time_ms for price in prices] + [bet.event_time_ms for bet, _ in combined],
            default=0,
        ),
        expected=found.expected.value,
        expected_error=found.expected.error,
        sd=found.sd,
        worst_case=found.worst_case,
        tail=[
            TailFigure(
                level=level,
                value_at_risk=at_risk.value,
                value_at_risk_error=at_risk.error,
                shortfall=found.shortfall[level].value,
                shortfall_error=found.shortfall[level].error,
            )
            for level, at_risk in found.value_at_risk.items()
        ],
        draws=found.draws,
        open_events=len(events),
        lines=drawn,
        carried_lines=len(lines) - drawn,
        events=risks[:MOST_EVENTS],
    )


def offers_in(records: Iterable[PlainRecord], most: int) -> dict[str, list[Venue]]:
    """Return what books show last, by event; ``most`` is the largest stake taken of one, minor units."""
    latest: dict[tuple[str, str, str], Quote] = {}
    for record in records:
        if record.value is None:
            continue
        try:
            quote = Quote.model_validate_json(record.value)
        except ValueError:
            continue  # a dead letter
        key = quote.event_id, quote.market, quote.book
        if key not in latest or latest[key].event_time_ms <= quote.event_time_ms:
            latest[key] = quote
    found: dict[str, list[Venue]] = {}
    for (event, market, book), quote in sorted(latest.items()):
        for outcome, price in quote.prices.items():
            found.setdefault(event, []).append(Venue(book, market, outcome, price, most))
    return found


def _events(
    singles: Sequence[Held],
    lines: Sequence[Line],
    held: Sequence[tuple[Decision, Settlement | None]],
    prices: Sequence[OfferedPrice],
    sports: Mapping[str, str],
    also: Mapping[str, OpenEvent] | None = None,
) -> dict[str, OpenEvent]:
    """Return events with what is held on each alone; measures are taken from ``also`` where it has them."""
    events: dict[str, OpenEvent] = {name: OpenEvent() for name in also or ()}
    for name, market, outcome, stakes, payouts in singles:
        events.setdefault(name, OpenEvent()).position.take(market, outcome, stakes, payouts)
    for bet, settlement in held:
        for leg in (settlement or bet).legs:
            for hold in leg.holds:
                position = events.setdefault(leg.event_id, OpenEvent()).position
                position.take(hold.market, hold.outcome, hold.stake, hold.payout)
    for line in lines:
        for event_id, *_ in line.legs:
            events.setdefault(event_id, OpenEvent())
    fair: dict[str, dict[str, dict[str, float]]] = {}
    for price in prices:
        if price.event_id in events and len(price.prices) > 1:
            found = devig_one(list(price.prices.values()), winners=float(winners_of(price.market)))
            fair.setdefault(price.event_id, {})[price.market] = dict(zip(price.prices, found, strict=True))
    for name, event in events.items():
        event.fair = fair.get(name, {})
        if also is not None:
            event.measure = also[name].measure
        elif sports.get(name) in FAMILIES:
            event.measure = compile_measure(sports[name], event.fair)
    return events


def _risk(name: str, event: OpenEvent, offers: Sequence[Venue]) -> EventRisk:
    drawn = lotteries(event.position, event.measure, event.fair)
    worst = round(sum(lottery.worst_case for lottery in drawn))
    risk = EventRisk(
        event_id=name,
        worst_case=worst,
        expected=sum(lottery.expected for lottery in drawn),
        sd=sum(lottery.variance for lottery in drawn) ** 0.5,
        scored=event.measure is not None,
        hedged_worst_case=worst,
    )
    found = event_hedge(event, _nearest(event, offers))
    if found is None or not found.legs:
        return risk
    bets = [
        HedgeBet(
            book=leg.venue.book,
            market=leg.venue.market,
            outcome=leg.venue.outcome,
            price=leg.venue.price,
            stake=leg.stake,
        )
        for leg in found.legs
    ]
    hedged = worst - found.before + found.after
    return risk.model_copy(update={"hedge": bets, "hedged_worst_case": hedged, "hedge_cost": found.cost})


def _nearest(event: OpenEvent, offers: Sequence[Venue]) -> list[Venue]:
    """Return the offers that scores settle and that cost least under the measure."""
    if event.measure is None:
        return []
    worth = []
    for venue in offers:
        try:
            win, refund = payoff(event.measure.space, venue.market, venue.outcome)
        except ValueError:
            continue
        worth.append((float((venue.price * win + refund) @ event.measure.p), venue))
    worth.sort(key=lambda each: (-each[0], each[1]))
    return [venue for _, venue in worth[:MOST_OFFERS]]
