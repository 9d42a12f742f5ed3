"""Stage compile (by event): quotes become fair prices, fair prices become each operator's offered prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.clock import CLOCK, advance, now_ms
from agents.copies import CHANGES, watch_copies
from agents.feeds import FEEDS, feeds_of, markets_through, take_heartbeat
from agents.operators import PROFILE, profile_of, take_profile
from agents.timers import Due, timers
from domain.compilation import CompiledMarket, compile_fair, doubt, expires_at_ms, refusal, take
from domain.consensus import ConsensusConfig
from domain.pricing import ALL_MARKETS, EventInPlay, price_market
from schemas import Exposure, Fixture, Heartbeat, OfferedPrice, OperatorCommand, Quote, Result
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import COMMANDS, EXPOSURE, FAIR, FIXTURES, HEARTBEATS, QUOTES, RESULTS, offered


@dataclass(slots=True)
class Offers:
    """What each operator offers on one market."""

    by_operator: dict[str, OfferedPrice] = field(default_factory=dict)


MARKET = Kind("market", CompiledMarket)
OFFERS = Kind("offers", Offers)
EVENT = Kind("event", EventInPlay)


class Compile(Stage):
    """Keeps every market's standing quotes and prices it for all operators, once per chunk.

    Parameters
    ----------
    operators : sequence of str
        Who has a price topic.
    config : ConsensusConfig
        How books are weighed.
    """

    name = "compile"
    kinds = (CLOCK, FEEDS, CHANGES, PROFILE, EVENT, MARKET, OFFERS)

    def __init__(self, operators: Sequence[str], config: ConsensusConfig | None = None) -> None:
        self._topics = {operator: offered(operator) for operator in operators}
        self._config = config or ConsensusConfig()
        self._handlers: dict[str, Handler] = {
            QUOTES.name: self.on_quotes,
            FIXTURES.name: self.on_fixtures,
            RESULTS.name: self.on_results,
            HEARTBEATS.name: self.on_heartbeats,
            COMMANDS.name: self.on_commands,
            EXPOSURE.name: self.on_exposure,
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_quotes(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take all quotes, then price each market that they touched once (conflation)."""
        touched: dict[tuple[str, str], Record] = {}
        now = now_ms(state)
        for record, quote in decoded(chunk, Quote, out):
            key = f"{quote.event_id}|{quote.market}"
            market = state.get(MARKET, key) or CompiledMarket()
            reason = refusal(market, quote, record.timestamp)
            if reason is not None:
                out.reject(record, reason)
                continue
            if take(market, quote, record.partition, record.offset):
                watch_copies(state, key, market, quote)
            state.put(MARKET, key, market)
            touched.setdefault((quote.event_id, quote.market), record)
            now = max(now, quote.event_time_ms)
        self._move_clock(now, state, out)
        for (event_id, name), record in touched.items():
            self._compile(event_id, name, state, out, record)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn what is played and when; markets quoted before open now."""
        for record, fixture in decoded(chunk, Fixture, out):
            event = state.get(EVENT, fixture.event_id) or EventInPlay()
            event.starts_at_ms = fixture.starts_at_ms
            state.put(EVENT, fixture.event_id, event)
            timers(state, self._dues).add(fixture.starts_at_ms, fixture.event_id)
            self._price_event(fixture.event_id, state, out, record)

    def on_results(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Close what is finished, and open again what was rolled back."""
        for record, result in decoded(chunk, Result, out):
            event = state.get(EVENT, result.event_id) or EventInPlay()
            event.status = "scheduled" if result.status == "rollback" else result.status
            state.put(EVENT, result.event_id, event)
            self._price_event(result.event_id, state, out, record)

    def on_heartbeats(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Move event time where no quote comes, so that quotes age and events start."""
        now = now_ms(state)
        doubted: set[str] = set()
        for _, heartbeat in decoded(chunk, Heartbeat, out):
            now = max(now, heartbeat.event_time_ms)
            doubted |= take_heartbeat(state, heartbeat)
        self._move_clock(now, state, out)
        if doubted:
            for event_id, name in markets_through(state, MARKET, doubted):
                self._compile(event_id, name, state, out, None)

    def on_commands(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Obey an operator: settings, suspensions, fixed prices."""
        for record, command in decoded(chunk, OperatorCommand, out):
            if command.operator not in self._topics:
                out.reject(record, "unknown_operator")
            elif take_profile(state, command):
                for event_id, _ in list(state.items(EVENT)):
                    self._price_event(event_id, state, out, record)
            elif command.event_id is not None:
                event = state.get(EVENT, command.event_id)
                if event is not None and _obey(event, command):
                    state.put(EVENT, command.event_id, event)
                    self._price_event(command.event_id, state, out, record)

    def on_exposure(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Let the operator's book move its prices; the latest exposure of a chunk counts."""
        latest = {(e.event_id, e.operator): (record, e) for record, e in decoded(chunk, Exposure, out)}
        for (event_id, operator), (record, exposure) in latest.items():
            event = state.get(EVENT, event_id) or EventInPlay()
            event.exposures[operator] = exposure
            state.put(EVENT, event_id, event)
            profile = profile_of(state, operator)
            if profile is not None and profile.skew > 0:
                self._price_event(event_id, state, out, record)

    def _move_clock(self, to_ms: int, state: State, out: Outbox) -> None:
        due = timers(state, self._dues)
        now = advance(state, to_ms)
        for _, key in due.pop_due(now):
            event_id, _, name = key.partition("|")
            if name:
                self._compile(event_id, name, state, out, None)
            else:
                self._price_event(event_id, state, out, None)

    def _compile(self, event_id: str, name: str, state: State, out: Outbox, cause: Record | None) -> None:
        key = f"{event_id}|{name}"
        market = state.get(MARKET, key)
        if market is None:
            return
        now = now_ms(state)
        event = state.get(EVENT, event_id) or EventInPlay()
        if name not in event.markets:
            event.markets.append(name)
            state.put(EVENT, event_id, event)
        feeds = feeds_of(state)
        if feeds:
            doubt(market, feeds)
        fair = compile_fair(event_id, name, market, now, self._config)
        expiry = expires_at_ms(market, self._config, now)
        if expiry is not None:
            timers(state, self._dues).add(expiry, key)
        if fair is not None:
            state.put(MARKET, key, market)
            out.emit(FAIR, key, fair, now, cause=cause, route=event_id)
            self._price(event_id, name, event, state, out, cause)

    def _price_event(self, event_id: str, state: State, out: Outbox, cause: Record | None) -> None:
        event = state.get(EVENT, event_id) or EventInPlay()
        for name in event.markets:
            self._price(event_id, name, event, state, out, cause)

    def _price(
        self, event_id: str, name: str, event: EventInPlay, state: State, out: Outbox, cause: Record | None
    ) -> None:
        key = f"{event_id}|{name}"
        market = state.get(MARKET, key)
        if market is None or market.fair is None:
            return
        offers = state.get(OFFERS, key) or Offers()
        now = now_ms(state)
        for operator, topic in self._topics.items():
            profile = profile_of(state, operator)
            if profile is None:
                continue
            price = price_market(market.fair, event, profile, now, offers.by_operator.get(operator))
            if price is not None:
                offers.by_operator[operator] = price
                state.put(OFFERS, key, offers)
                out.emit(topic, key, price, now, cause=cause, route=event_id)

    def _dues(self, state: State) -> Iterable[Due]:
        now = now_ms(state)
        for key, market in state.items(MARKET):
            expiry = expires_at_ms(market, self._config, now)
            if expiry is not None:
                yield expiry, key
        for event_id, event in state.items(EVENT):
            if event.starts_at_ms is not None and event.starts_at_ms > now:
                yield event.starts_at_ms, event_id


def _obey(event: EventInPlay, command: OperatorCommand) -> bool:
    """Apply a command to its event; tell whether it was one that an event can obey."""
    markets = event.halted.setdefault(command.operator, [])
    what = command.market or ALL_MARKETS
    fixed = event.overrides.setdefault(command.operator, {})
    if command.kind == "suspend":
        if what not in markets:
            markets.append(what)
    elif command.kind == "resume":
        event.halted[command.operator] = [m for m in markets if command.market not in (None, m)]
        for name in list(fixed) if command.market is None else [command.market]:
            fixed.pop(name, None)
    elif command.kind == "override" and command.market and command.outcome and command.price:
        fixed.setdefault(command.market, {})[command.outcome] = command.price
    else:
        return False
    return True
