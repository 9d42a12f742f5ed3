"""Stage derive (by event): fair prices of one event become prices of markets that nobody quotes."""

from collections.abc import Mapping

from agents.clock import CLOCK, advance
from domain.derivation import DeriveConfig, EventStates, family_of, prices_of, refit, take_quoted
from schemas import FairPrice, Fixture, MatchState, Result
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import DERIVED, FAIR, FIXTURES, RESULTS

EVENT = Kind("event", EventStates)
OVER = frozenset({"final", "void"})


class Derive(Stage):
    """Keeps one measure over final scores per event; fits it at most once per event and chunk.

    It stands beside the path from quote to price: what it finds goes back to stage compile, which alone
    writes fair and offered prices.

    Parameters
    ----------
    config : DeriveConfig
        Which markets are offered.
    """

    name = "derive"
    kinds = (CLOCK, EVENT)

    def __init__(self, config: DeriveConfig) -> None:
        self._config = config
        self._handlers: dict[str, Handler] = {
            FAIR.name: self.on_fair,
            FIXTURES.name: self.on_fixtures,
            RESULTS.name: self.on_results,
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_fair(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take what quotes amount to; what was derived here comes back this way too and is passed over."""
        touched: dict[str, Record] = {}
        given_up: set[str] = set()
        for record, fair in decoded(chunk, FairPrice, out):
            advance(state, fair.as_of_ms)
            if fair.derived is None:
                event = state.get(EVENT, fair.event_id) or EventStates()
                if take_quoted(event, fair):
                    given_up.add(fair.event_id)
                state.put(EVENT, fair.event_id, event)
                touched.setdefault(fair.event_id, record)
        for event_id, record in touched.items():
            self._derive(event_id, state, out, record, anew=event_id in given_up)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn the sport and the start."""
        for record, fixture in decoded(chunk, Fixture, out):
            event = state.get(EVENT, fixture.event_id) or EventStates()
            event.sport, event.starts_at_ms = fixture.sport, fixture.starts_at_ms
            event.best_of = fixture.best_of
            state.put(EVENT, fixture.event_id, event)
            self._derive(fixture.event_id, state, out, record)

    def on_results(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Carry the measure on: the latest state of a match that a chunk brings counts."""
        touched: dict[str, Record] = {}
        for record, result in decoded(chunk, Result, out):
            advance(state, result.event_time_ms)
            event = state.get(EVENT, result.event_id) or EventStates()
            event.status = "scheduled" if result.status == "rollback" else result.status
            _take_state(event, result)
            state.put(EVENT, result.event_id, event)
            touched[result.event_id] = record
        for event_id, record in touched.items():
            self._derive(event_id, state, out, record, anew=True)

    def _derive(self, event_id: str, state: State, out: Outbox, cause: Record, *, anew: bool = False) -> None:
        event = state.get(EVENT, event_id)
        if event is None or event.sport not in self._config.markets or family_of(event) is None:
            return
        if event.status in OVER:
            return
        now = advance(state, 0)
        derivation = refit(event, self._config, now, anew=anew)
        if derivation is None:
            return
        for price in prices_of(event_id, event, derivation, self._config, now):
            key = f"{event_id}|{price.market}"
            out.emit(DERIVED, key, price, price.as_of_ms, cause=cause, route=event_id)


def _take_state(event: EventStates, result: Result) -> None:
    """Let a live score stand, and note when it last changed."""
    if result.status == "rollback":
        event.state = None
    if result.status != "live" or result.home_score is None or result.away_score is None:
        return
    was = event.state
    reds = (
        result.home_reds if result.home_reds is not None else (was.home_reds if was else 0),
        result.away_reds if result.away_reds is not None else (was.away_reds if was else 0),
    )
    clock_s = result.clock_s if result.clock_s is not None else (was.clock_s if was else 0)
    now = MatchState(
        home=result.home_score,
        away=result.away_score,
        clock_s=clock_s,
        home_reds=reds[0],
        away_reds=reds[1],
    )
    if was is None or was.model_copy(update={"clock_s": clock_s}) != now:
        event.since_ms = result.event_time_ms
    event.state = now
