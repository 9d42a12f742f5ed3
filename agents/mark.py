"""Stage mark (by event): measures each accepted bet's price against later fair prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.clock import CLOCK, advance, now_ms
from agents.timers import Due, timers
from domain.clv import clv, due
from schemas import Decision, FairPrice, Fixture, Heartbeat, Mark
from schemas.bets import Horizon
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import DECISIONS, FAIR, FIXTURES, HEARTBEATS, MARKS


@dataclass(slots=True)
class Standing:
    """The fair price of a market that stands."""

    probabilities: dict[str, float]
    sequence: int


@dataclass(slots=True)
class Pending:
    """An accepted bet with the horizons at which it has yet to be marked, earliest first."""

    decision: Decision
    due: list[tuple[Horizon, int]]


STANDING = Kind("fair", Standing)
PENDING = Kind("pending", Pending)
START = Kind("start", int)


class MarkBets(Stage):
    """Marks bets at 10 s, 60 s, 300 s and at the close, with the fair price that stood then."""

    name = "mark"
    kinds = (CLOCK, STANDING, PENDING, START)

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {
            DECISIONS.name: self.on_decisions,
            FAIR.name: self.on_fair,
            FIXTURES.name: self.on_fixtures,
            HEARTBEATS.name: self.on_heartbeats,
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_decisions(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Note when each newly accepted bet has to be marked."""
        for _, decision in decoded(chunk, Decision, out):
            key = f"{decision.event_id}|{decision.operator}|{decision.bettor}|{decision.bet_id}"
            if decision.legs:
                continue  # a bet on several events has a price of its own, which no market stands for
            if decision.decision != "accepted" or state.get(PENDING, key) is not None:
                continue
            start_ms = state.get(START, decision.event_id)
            pending = Pending(decision, due(decision.event_time_ms, start_ms))
            state.put(PENDING, key, pending)
            if pending.due:
                timers(state, _dues).add(pending.due[0][1], key)

    def on_fair(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Mark what fell due before each new price, then let the price stand."""
        for _, fair in decoded(chunk, FairPrice, out):
            self._mark_until(max(fair.as_of_ms, now_ms(state)), state, out)
            if fair.probabilities:
                standing = Standing(fair.probabilities, fair.sequence)
                state.put(STANDING, f"{fair.event_id}|{fair.market}", standing)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn when events start."""
        for _, fixture in decoded(chunk, Fixture, out):
            state.put(START, fixture.event_id, fixture.starts_at_ms)

    def on_heartbeats(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Mark what is due where no price comes."""
        for _, heartbeat in decoded(chunk, Heartbeat, out):
            self._mark_until(max(heartbeat.event_time_ms, now_ms(state)), state, out)

    def _mark_until(self, to_ms: int, state: State, out: Outbox) -> None:
        waiting = timers(state, _dues)
        advance(state, to_ms)
        for _, key in waiting.pop_due(to_ms):
            pending = state.get(PENDING, key)
            if pending is None:
                continue
            self._mark(pending, to_ms, state, out)
            state.put(PENDING, key, pending)
            if pending.due:
                waiting.add(pending.due[0][1], key)

    def _mark(self, pending: Pending, to_ms: int, state: State, out: Outbox) -> None:
        bet = pending.decision
        standing = state.get(STANDING, f"{bet.event_id}|{bet.market}")
        while pending.due and pending.due[0][1] <= to_ms:
            horizon, at_ms = pending.due.pop(0)
            probability = standing.probabilities.get(bet.outcome) if standing is not None else None
            if standing is None or probability is None:
                continue
            mark = Mark(
                operator=bet.operator,
                bettor=bet.bettor,
                bet_id=bet.bet_id,
                event_id=bet.event_id,
                market=bet.market,
                outcome=bet.outcome,
                horizon=horizon,
                price=bet.price,
                probability=probability,
                clv=clv(bet.price, probability),
                fair_sequence=standing.sequence,
                stake=bet.stake,
                event_time_ms=at_ms,
            )
            out.emit(MARKS, f"{bet.operator}|{bet.bettor}", mark, at_ms)


def _dues(state: State) -> Iterable[Due]:
    return [(pending.due[0][1], key) for key, pending in state.items(PENDING) if pending.due]
