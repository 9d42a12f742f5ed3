"""Stage surveil (by event): arbitrage across books, and against an operator's own prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.arbitrage import ArbitrageConfig, Opportunity, Watch, find, find_against, take
from domain.markets import outcomes_of
from schemas import Alert, Heartbeat, OfferedPrice, Quote
from streams.partitions import partition_of
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ALERTS, HEARTBEATS, QUOTES, offered

MARKET_ITSELF = ""
"""Whose opportunity it is when no leg is at an operator's price."""


@dataclass(slots=True)
class Watched:
    """One market as all books and operators show it.

    Parameters
    ----------
    own : dict of str to dict
        What each operator offers: prices by outcome; empty while suspended.
    open : dict of str to str
        Opportunities that have been told and still stand, by operator.
    """

    watch: Watch = field(default_factory=Watch)
    own: dict[str, dict[str, float]] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


WATCHED = Kind("watched", Watched)


class Surveil(Stage):
    """Looks at a market whenever a quote or an offered price of it has come; tells each opportunity once.

    Parameters
    ----------
    operators : sequence of str
        Whose prices to guard.
    config : ArbitrageConfig
        When prices count.
    """

    name = "surveil"
    kinds = (WATCHED,)

    def __init__(self, operators: Sequence[str], config: ArbitrageConfig | None = None) -> None:
        self._config = config or ArbitrageConfig()
        self._handlers: dict[str, Handler] = {
            QUOTES.name: self.on_quotes,
            HEARTBEATS.name: self.on_heartbeats,
            **{offered(operator).name: self.on_prices for operator in operators},
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_quotes(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take each quote in order: an opportunity may open and close within one chunk."""
        for record, quote in decoded(chunk, Quote, out):
            key = f"{quote.event_id}|{quote.market}"
            watched = state.get(WATCHED, key) or Watched()
            if take(
                watched.watch,
                quote.book,
                quote.prices,
                quote.event_time_ms,
                quote.quoted_at_ms,
                self._config,
            ):
                self._look(quote.event_id, quote.market, watched, out, record)
                state.put(WATCHED, key, watched)

    def on_prices(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take what an operator offers."""
        for record, price in decoded(chunk, OfferedPrice, out):
            key = f"{price.event_id}|{price.market}"
            watched = state.get(WATCHED, key) or Watched()
            watched.own[price.operator] = price.prices if price.suspended is None else {}
            self._look(price.event_id, price.market, watched, out, record)
            state.put(WATCHED, key, watched)

    def on_heartbeats(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Tell of a feed that has fallen silent, once: on the partition of its name."""
        for record, beat in decoded(chunk, Heartbeat, out):
            if beat.status == "silent" and partition_of(beat.feed, out.partitions) == chunk.partition:
                alert = Alert(
                    alert_id=f"silent:{beat.feed}:{beat.event_time_ms}",
                    kind="feed_silent",
                    subject=beat.feed,
                    text=f"no sign of {beat.feed}",
                    figures={},
                    event_time_ms=beat.event_time_ms,
                )
                out.emit(ALERTS, beat.feed, alert, beat.event_time_ms, cause=record)

    def _look(self, event_id: str, market: str, watched: Watched, out: Outbox, cause: Record) -> None:
        seen = [stand.prices for stand in watched.watch.stands.values()]
        outcomes = outcomes_of(market, seen)
        found = {MARKET_ITSELF: find(watched.watch, outcomes, self._config)}
        for operator, prices in watched.own.items():
            found[operator] = (
                find_against(watched.watch, outcomes, operator, prices, self._config) if prices else None
            )
        for operator, opportunity in found.items():
            if opportunity is None:
                watched.open.pop(operator, None)
            elif operator not in watched.open:
                alert = arbitrage_alert(event_id, market, operator, opportunity)
                watched.open[operator] = alert.alert_id
                out.emit(ALERTS, event_id, alert, opportunity.at_ms, cause=cause)


def arbitrage_alert(event_id: str, market: str, operator: str, opportunity: Opportunity) -> Alert:
    """Return the alert that an opportunity has opened.

    Its figures: ``margin``, and for each outcome the price, the share of the stake and the age in seconds.
    """
    legs = opportunity.legs
    return Alert(
        alert_id=f"arbitrage:{operator}:{event_id}:{market}:{opportunity.at_ms}:{opportunity.key}",
        kind="own_arbitrage" if operator else "arbitrage",
        subject=event_id,
        market=market,
        operator=operator or None,
        text=f"{opportunity.margin:.2%} by "
        + ", ".join(f"{leg.outcome} at {leg.book} {leg.price:g}" for leg in legs),
        figures={
            "margin": opportunity.margin,
            **{f"price {leg.outcome}": leg.price for leg in legs},
            **{f"stake {leg.outcome}": leg.stake for leg in legs},
            **{f"age_s {leg.outcome}": leg.age_s for leg in legs},
        },
        event_time_ms=opportunity.at_ms,
    )
