"""Stage compile (by event): quotes become fair prices, fair prices become each operator's offered prices."""

from collections.abc import Iterable, Mapping, Sequence

from agents import large_markets, margins
from agents.clock import CLOCK, advance, now_ms
from agents.copies import CHANGES, watch_copies
from agents.fair import KINDS, FairOdds, Look
from agents.feeds import FEEDS, RECEIVED, Gaps, feeds_of, markets_through, take_heartbeat
from agents.large_markets import CAME, MARKET
from agents.measures import MEASURE
from agents.offering import OFFERS, Offers, live_of, new_offer, skew_of
from agents.operators import DESK, PROFILE, profile_of, take_order, take_profile
from agents.timers import Due, timers
from domain.compilation import (
    CONFIRMED_MS,
    CompiledMarket,
    compile_fair,
    doubt,
    expires_at_ms,
    is_confirmed,
    is_large,
    refusal,
    rests_until_ms,
    take,
    take_derived,
    unseen_until_ms,
)
from domain.consensus import DEFAULT_CONFIG, ConsensusConfig, ConsensusTable
from domain.derivation import SCORES
from domain.desk import obey
from domain.dynamic_margin import goes_by_book
from domain.in_play import heard, look_again_ms
from domain.pricing import EventInPlay, moved_markets
from schemas import (
    Exposure,
    FairPrice,
    Fixture,
    Heartbeat,
    OperatorCommand,
    Quote,
    Result,
)
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import (
    CHAMPIONS,
    CLOSED,
    COMMANDS,
    DERIVED,
    EXPOSURE,
    FAIR,
    FIXTURES,
    HEARTBEATS,
    QUOTES,
    RESULTS,
    offered,
)

HELD_MS = 1_000
"""A price that was not let move as far as it should is looked at again after this time."""

SKEWED_MS = 1_000
"""The other markets of an event follow its book after this time, event time; the market that was bet on at
once."""

EVENT = Kind("event", EventInPlay)
Touched = tuple[str, str, Record | None]
"""Event and market to be looked at, and the record that caused it."""


class Compile(Stage):
    """Keeps every market's standing quotes and prices it for all operators, once per chunk.

    Parameters
    ----------
    operators : sequence of str
        Who has a price topic.
    config : ConsensusTable or ConsensusConfig
        How books are weighed: by sport and market type, or alike everywhere.
    fair_odds : FairOdds, optional
        What corrects the consensus; without it the consensus prices.
    """

    name = "compile"
    kinds = (CLOCK, FEEDS, RECEIVED, CHANGES, PROFILE, DESK, EVENT, MARKET, CAME, OFFERS, MEASURE, *KINDS)

    def __init__(
        self,
        operators: Sequence[str],
        config: ConsensusTable | ConsensusConfig = DEFAULT_CONFIG,
        fair_odds: FairOdds | None = None,
    ) -> None:
        self._topics = {operator: offered(operator) for operator in operators}
        self._consensus = config if isinstance(config, ConsensusTable) else ConsensusTable(base=config)
        self._fair_odds = fair_odds
        self._handlers: dict[str, Handler] = {
            QUOTES.name: self.on_quotes,
            DERIVED.name: self.on_derived,
            FIXTURES.name: self.on_fixtures,
            RESULTS.name: self.on_results,
            HEARTBEATS.name: self.on_heartbeats,
            COMMANDS.name: self.on_commands,
            EXPOSURE.name: self.on_exposure,
        }
        if fair_odds is not None:
            self._handlers |= {
                CLOSED.name: fair_odds.on_closed,
                CHAMPIONS.name: fair_odds.champions.on_champions,
            }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_quotes(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take all quotes, then price each market that they touched once (conflation).

        Nine quotes of ten show a book's standing prices again; such a one waits for a timer.
        """
        touched: dict[tuple[str, str], Record | None] = {}
        gaps, doubted = Gaps(state, chunk.partition), set[str]()
        now = now_ms(state)
        for record, quote in decoded(chunk, Quote, out):
            if quote.sequence and (gap := gaps.take(quote)) is not None:
                out.broadcast(HEARTBEATS, gap.feed, gap, gap.event_time_ms, cause=record)
                doubted.add(gap.feed)
            key = f"{quote.event_id}|{quote.market}"
            market = state.get(MARKET, key) or CompiledMarket()
            reason = refusal(market, quote, record.timestamp)
            if reason is not None:
                out.reject(record, reason)
                continue
            changed = take(market, quote, record.partition, record.offset)
            now = max(now, quote.event_time_ms)
            large_markets.keep(state, key, market, quote.book, now)
            if changed:
                if not is_large(market):
                    watch_copies(state, key, market, quote)
            elif is_confirmed(market, quote.book):
                timers(state, self._dues).add(quote.event_time_ms + CONFIRMED_MS, key)
                continue
            touched.setdefault((quote.event_id, quote.market), record)
        gaps.keep()
        if doubted:
            through = markets_through(state, MARKET, doubted)
            touched = {**dict.fromkeys(through), **touched}
        self._move_clock(now, state, out)
        self._compile([(*key, record) for key, record in touched.items()], state, out)

    def on_derived(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Price markets that nobody quotes by what stage derive says of them; the latest in a chunk."""
        latest = {(d.event_id, d.market): (record, d) for record, d in decoded(chunk, FairPrice, out)}
        for (event_id, name), (record, derived) in latest.items():
            if name == SCORES:
                if self._skews(state):
                    state.put(MEASURE, event_id, derived)
                continue
            key = f"{event_id}|{name}"
            market = state.get(MARKET, key) or CompiledMarket()
            fair = take_derived(market, derived)
            if fair is None:
                continue
            state.put(MARKET, key, market)
            event = state.get(EVENT, event_id) or EventInPlay()
            if name not in event.markets:
                event.markets.append(name)
                state.put(EVENT, event_id, event)
            now = advance(state, derived.as_of_ms)
            out.emit(FAIR, key, fair, now, cause=record, route=event_id)
            self._price(event_id, name, event, state, out, record)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn what is played and when; markets quoted before open now."""
        for record, fixture in decoded(chunk, Fixture, out):
            event = state.get(EVENT, fixture.event_id) or EventInPlay()
            event.starts_at_ms = fixture.starts_at_ms
            event.sport, event.competition = fixture.sport, fixture.competition
            state.put(EVENT, fixture.event_id, event)
            timers(state, self._dues).add(fixture.starts_at_ms, fixture.event_id)
            if self._fair_odds is not None:
                self._fair_odds.on_fixture(fixture, state, out, record)
            self._price_event(fixture.event_id, state, out, record)

    def on_results(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Close what is finished, and open again what was rolled back."""
        for record, result in decoded(chunk, Result, out):
            event = state.get(EVENT, result.event_id) or EventInPlay()
            event.status = "scheduled" if result.status == "rollback" else result.status
            event.play = heard(event.play, result)
            state.put(EVENT, result.event_id, event)
            if self._fair_odds is not None:
                self._fair_odds.on_result(result, state, out, record)
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
            through = markets_through(state, MARKET, doubted)
            self._compile([(event_id, name, None) for event_id, name in through], state, out)

    def on_commands(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Obey an operator: settings, suspensions, fixed prices."""
        for record, command in decoded(chunk, OperatorCommand, out):
            if command.operator not in self._topics:
                out.reject(record, "unknown_operator")
            elif take_profile(state, command) or take_order(state, command):
                for event_id, _ in list(state.items(EVENT)):
                    self._price_event(event_id, state, out, record)
            elif command.event_id is not None:
                event = state.get(EVENT, command.event_id)
                if event is not None and obey(event, command):
                    state.put(EVENT, command.event_id, event)
                    self._price_event(command.event_id, state, out, record)

    def on_exposure(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Let the operator's book move its prices; the latest exposure of a chunk counts."""
        latest = {(e.event_id, e.operator): (record, e) for record, e in decoded(chunk, Exposure, out)}
        for (event_id, operator), (record, exposure) in latest.items():
            event = state.get(EVENT, event_id) or EventInPlay()
            before = event.exposures.get(operator)
            event.exposures[operator] = exposure
            state.put(EVENT, event_id, event)
            profile = profile_of(state, operator)
            if profile is not None and goes_by_book(profile):
                for name in moved_markets(before, exposure):
                    self._price(event_id, name, event, state, out, record)
                if skew_of(event_id, event, profile, state) is not None:  # it moves all markets of the event
                    timers(state, self._dues).add(now_ms(state) + SKEWED_MS, event_id)

    def _move_clock(self, to_ms: int, state: State, out: Outbox) -> None:
        due = timers(state, self._dues)
        now = advance(state, to_ms)
        keys = [key.partition("|") for _, key in due.pop_due(now)]
        self._compile([(event_id, name, None) for event_id, _, name in keys if name], state, out)
        for event_id, _, name in keys:
            if not name:
                self._price_event(event_id, state, out, None)

    def _compile(self, touched: Iterable[Touched], state: State, out: Outbox) -> None:
        """Publish what has changed; all corrections of the chunk are made as one batch."""
        now = now_ms(state)
        looks = [
            (self._look(event_id, name, market, state, now), cause)
            for event_id, name, cause in touched
            if (market := self._due_market(f"{event_id}|{name}", state, now)) is not None
        ]
        fairs = [look.fair for look, _ in looks]
        if self._fair_odds is not None:
            fairs = self._fair_odds.correct([look for look, _ in looks], state, now)
        for (look, cause), fair in zip(looks, fairs, strict=True):
            key = f"{look.event_id}|{look.name}"
            if fair is not None:
                look.market.fair = fair
                state.put(MARKET, key, look.market)
                out.emit(FAIR, key, fair, now, cause=cause, route=look.event_id)
            elif not self._looks_at_market(state):
                continue
            event = state.get(EVENT, look.event_id) or EventInPlay()
            self._price(look.event_id, look.name, event, state, out, cause)

    def _due_market(self, key: str, state: State, now: int) -> CompiledMarket | None:
        """Return a market unless it rests; then a timer will bring it up."""
        market = state.get(MARKET, key)
        if market is not None:
            rests = rests_until_ms(market)
            if rests > now:
                timers(state, self._dues).add(rests, key)
                return None
            large_markets.join(state, key, market)
            market.looked_at_ms = now
        return market

    def _look(self, event_id: str, name: str, market: CompiledMarket, state: State, now: int) -> Look:
        event = state.get(EVENT, event_id) or EventInPlay()
        if name not in event.markets:
            event.markets.append(name)
            state.put(EVENT, event_id, event)
        feeds = feeds_of(state)
        if feeds:
            doubt(market, feeds)
        outdated = (
            self._fair_odds is not None
            and market.fair is not None
            and self._fair_odds.outdated(market.fair, state)
        )
        settings, config = self._consensus.of(event.sport, name)
        fair = compile_fair(event_id, name, market, now, config, anew=outdated, settings=settings)
        expiry = expires_at_ms(market, config, now)
        if expiry is not None:
            timers(state, self._dues).add(expiry, f"{event_id}|{name}")
        return Look(event_id, name, market, fair)

    def _skews(self, state: State) -> bool:
        profiles = (profile_of(state, operator) for operator in self._topics)
        return any(profile is not None and profile.skew > 0 for profile in profiles)

    def _looks_at_market(self, state: State) -> bool:
        profiles = (profile_of(state, operator) for operator in self._topics)
        return any(profile is not None and profile.prices.looks_at_market for profile in profiles)

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
            standing = offers.by_operator.get(operator)
            price = new_offer(market, event, profile, standing, state)
            if price is not None:
                offers.by_operator[operator] = price
                state.put(OFFERS, key, offers)
                out.emit(topic, key, price, now, cause=cause, route=event_id)
                margins.note(price)
            held = price or standing
            if held is not None and held.held:
                timers(state, self._dues).add(now + HELD_MS, event_id)
            live = live_of(market, event, profile, now)
            again = None if live is None else look_again_ms(live, profile, now)
            if again is not None:
                timers(state, self._dues).add(again, event_id)

    def _dues(self, state: State) -> Iterable[Due]:
        now = now_ms(state)
        for key, market in state.items(MARKET):
            event_id, _, name = key.partition("|")
            event = state.get(EVENT, event_id) or EventInPlay()
            expiry = expires_at_ms(market, self._consensus.of(event.sport, name)[1], now)
            if expiry is not None:
                yield expiry, key
            unseen = unseen_until_ms(market)
            if unseen is not None:
                yield unseen, key
        for key in large_markets.waiting(state):
            yield now, key
        for event_id, event in state.items(EVENT):
            if event.starts_at_ms is not None and event.starts_at_ms > now:
                yield event.starts_at_ms, event_id
            elif event.play is not None:
                yield now, event_id
