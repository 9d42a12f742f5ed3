"""Stage surveil (by event): arbitrage across books and markets, and against an operator's own prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents import scoring
from agents.arbitrage_alerts import alert_of, silence_alert
from agents.clock import CLOCK, advance, now_ms
from agents.timers import Due, timers
from domain.arbitrage import (
    ACROSS,
    MIDDLE,
    ArbitrageConfig,
    Episodes,
    EventSurvey,
    Opportunity,
    Scope,
    Stand,
    follow,
)
from schemas import Fixture, Heartbeat, OfferedPrice, Quote
from streams.partitions import partition_of
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ALERTS, FIXTURES, HEARTBEATS, QUOTES, offered

LIVE_MOST = 5_000
"""Events of a partition that are kept ready; beyond it all are made anew when a price of theirs comes."""


@dataclass(slots=True)
class Own:
    """An operator's prices of a market, and since when they stand."""

    prices: dict[str, float]
    from_ms: int


@dataclass(slots=True)
class WatchedEvent:
    """What there is of an event; the prices themselves are kept one by one.

    Parameters
    ----------
    stands : dict of str to list of str
        The books that have quoted, by market.
    own : dict of str to dict of str to Own
        What operators offer, by market and operator; without those that are suspended.
    changed : list of str
        Operators whose prices have changed since they were last scored (``scoring``).
    score_ms, scored_ms : int
        When they are to be scored, 0 for never, and when that was last done.
    """

    sport: str = ""
    stands: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, dict[str, Own]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    score_ms: int = 0
    scored_ms: int = 0

    def prices_of(self, operator: str) -> dict[str, dict[str, float]]:
        """Return what an operator offers, by market."""
        return {market: own[operator].prices for market, own in self.own.items() if operator in own}


EVENT = Kind("event", WatchedEvent)
STAND = Kind("stand", Stand)
EPISODES = Kind("episodes", Episodes)


class Surveil(Stage):
    """Looks at an event whenever a price of it has come; tells when an opportunity opens and when it is over.

    Parameters
    ----------
    operators : sequence of str
        Whose prices to guard.
    config : ArbitrageConfig
        When prices count.
    """

    name = "surveil"
    kinds = (CLOCK, EVENT, STAND, EPISODES)

    def __init__(self, operators: Sequence[str], config: ArbitrageConfig | None = None) -> None:
        self._config = config or ArbitrageConfig()
        self._handlers: dict[str, Handler] = {
            QUOTES.name: self.on_quotes,
            FIXTURES.name: self.on_fixtures,
            HEARTBEATS.name: self.on_heartbeats,
            **{offered(operator).name: self.on_prices for operator in operators},
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_quotes(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take each quote in order: an opportunity may open and close within one chunk."""
        for record, quote in decoded(chunk, Quote, out):
            self._move_clock(quote.event_time_ms, state, out)
            event_id, market, book = quote.event_id, quote.market, quote.book
            survey = _survey(state, event_id)
            if not survey.take(
                market, book, quote.prices, quote.event_time_ms, quote.quoted_at_ms, self._config
            ):
                continue
            event = state.get(EVENT, event_id) or WatchedEvent()
            books = event.stands.setdefault(market, [])
            if book not in books:
                books.append(book)
                state.put(EVENT, event_id, event)
            state.put(STAND, f"{event_id}|{market}|{book}", survey.markets[market].watch.stands[book])
            self._look(event_id, market, survey, state, out, record)

    def on_prices(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take what an operator offers."""
        for record, price in decoded(chunk, OfferedPrice, out):
            self._move_clock(price.event_time_ms, state, out)
            event = state.get(EVENT, price.event_id) or WatchedEvent()
            own = event.own.setdefault(price.market, {})
            prices = price.prices if price.suspended is None else {}
            standing = own.get(price.operator)
            if prices == ({} if standing is None else standing.prices):
                continue
            if prices:
                own[price.operator] = Own(prices, price.event_time_ms)
            else:
                own.pop(price.operator, None)
            if price.operator not in event.changed:
                event.changed.append(price.operator)
            if event.score_ms == 0:
                event.score_ms = scoring.due_ms(now_ms(state), event.scored_ms)
                timers(state, _dues).add(event.score_ms, price.event_id)
            state.put(EVENT, price.event_id, event)
            survey = _survey(state, price.event_id)
            survey.now_ms = max(survey.now_ms, price.event_time_ms)
            survey.market(price.market).offer(price.operator, prices, price.event_time_ms)
            self._look(price.event_id, price.market, survey, state, out, record)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn the sport: it says which markets one score settles."""
        for _, fixture in decoded(chunk, Fixture, out):
            event = state.get(EVENT, fixture.event_id) or WatchedEvent()
            if event.sport != fixture.sport:
                event.sport = fixture.sport
                state.put(EVENT, fixture.event_id, event)
                _surveys(state).pop(fixture.event_id, None)

    def on_heartbeats(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Let opportunities end where no quote comes; tell of a feed that has fallen silent, once."""
        for record, beat in decoded(chunk, Heartbeat, out):
            self._move_clock(beat.event_time_ms, state, out)
            if beat.status == "silent" and partition_of(beat.feed, out.partitions) == chunk.partition:
                out.emit(ALERTS, beat.feed, silence_alert(beat), beat.event_time_ms, cause=record)

    def _move_clock(self, to_ms: int, state: State, out: Outbox) -> None:
        if to_ms <= now_ms(state):
            return
        now = advance(state, to_ms)
        for _, event_id in timers(state, _dues).pop_due(now - 1):
            survey = _survey(state, event_id)
            survey.now_ms = max(survey.now_ms, now)
            episodes = state.get(EPISODES, event_id) or Episodes()
            for name in _markets_of(survey, episodes):
                self._look(event_id, name, survey, state, out, None)
            self._score(event_id, now, state, out)

    def _score(self, event_id: str, now: int, state: State, out: Outbox) -> None:
        event = state.get(EVENT, event_id)
        if event is None or event.score_ms == 0:
            return
        if event.score_ms >= now:
            timers(state, _dues).add(event.score_ms, event_id)
            return
        for operator in sorted(event.changed):
            scoring.score(event_id, event.sport, operator, event.prices_of(operator), now, out)
        event.changed, event.score_ms, event.scored_ms = [], 0, now
        state.put(EVENT, event_id, event)

    def _look(
        self, event_id: str, market: str, survey: EventSurvey, state: State, out: Outbox, cause: Record | None
    ) -> None:
        episodes = state.get(EPISODES, event_id) or Episodes()
        seen = set()
        for scope, found in survey.look(market, self._config):
            seen.add(scope)
            self._follow(event_id, scope, found, episodes, state, out, survey.now_ms, cause)
        # Of an operator that offers nothing here any more nothing is found, and nothing looked for.
        looked_at = survey.markets[market]
        here = {market, f"{ACROSS}{looked_at.group}"}
        if looked_at.line is not None:
            here.add(f"{MIDDLE}{looked_at.line.family}")
        for key in list(episodes.open):
            operator, _, what = key.partition("|")
            if (operator, what) not in seen and what in here:
                self._follow(event_id, (operator, what), None, episodes, state, out, survey.now_ms, cause)

    def _follow(
        self,
        event_id: str,
        scope: Scope,
        found: Opportunity | None,
        episodes: Episodes,
        state: State,
        out: Outbox,
        now: int,
        cause: Record | None = None,
    ) -> None:
        key = "|".join(scope)
        if found is None and key not in episodes.open:
            return
        for change in follow(episodes, key, found, now, self._config):
            out.emit(ALERTS, event_id, alert_of(event_id, scope, change), change.at_ms, cause=cause)
        state.put(EPISODES, event_id, episodes)
        if key in episodes.open:
            timers(state, _dues).add(episodes.open[key].until_ms, event_id)


def _surveys(state: State) -> dict[str, EventSurvey]:
    found: dict[str, EventSurvey] = state.local.setdefault("surveys", {})
    return found


def _survey(state: State, event_id: str) -> EventSurvey:
    """Return an event's survey, made anew from what is kept after a start or a roll-back."""
    surveys = _surveys(state)
    found = surveys.get(event_id)
    if found is None:
        if len(surveys) >= LIVE_MOST:
            surveys.clear()
        event = state.get(EVENT, event_id) or WatchedEvent()
        found = surveys[event_id] = EventSurvey(event.sport)
        for name, books in event.stands.items():
            market = found.market(name)
            for book in books:
                stand = state.get(STAND, f"{event_id}|{name}|{book}")
                if stand is not None:
                    market.watch.stands[book] = stand
                    found.now_ms = max(found.now_ms, stand.seen_ms)
        for name, by_operator in event.own.items():
            for operator, own in by_operator.items():
                found.market(name).offer(operator, own.prices, own.from_ms)
                found.now_ms = max(found.now_ms, own.from_ms)
    return found


def _markets_of(survey: EventSurvey, episodes: Episodes) -> list[str]:
    """Return a market for each open episode: itself, or one of its group or family."""
    wanted = {scope.partition("|")[2] for scope in episodes.open}
    groups = {f"{ACROSS}{market.group}": name for name, market in reversed(survey.markets.items())}
    for name, market in reversed(survey.markets.items()):
        if market.line is not None:
            groups[f"{MIDDLE}{market.line.family}"] = name
    return sorted({groups.get(what, what) for what in wanted} & survey.markets.keys())


def _dues(state: State) -> Iterable[Due]:
    for event_id, episodes in state.items(EPISODES):
        for episode in episodes.open.values():
            yield episode.until_ms, event_id
    for event_id, event in state.items(EVENT):
        if event.score_ms:
            yield event.score_ms, event_id
