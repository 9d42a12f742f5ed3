"""Stage mark (by event): measures each accepted bet's price against later fair prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from agents.alerted import ALERTED, alert_behind, take_alert
from agents.clock import CLOCK, advance, now_ms
from agents.crowd import CROWD, take_bet
from agents.timers import Due, timers
from domain.clv import clv, due
from domain.markets import outcomes_of, winners_of
from domain.sharps import has_moved, usual_gap_ms
from schemas import Alert, Decision, FairPrice, Fixture, Heartbeat, Mark, Quote
from schemas.bets import Horizon
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ALERTS, DECISIONS, FAIR, FIXTURES, HEARTBEATS, MARKS, QUOTES

MOVE_OVER_MS = 300_000
"""A bettor who follows moves has seen what happened within this time before the bet."""

FRESH_MS = 300_000
"""What a book has not confirmed for so long was not to be had any more."""

REMEMBERED = 12
"""Fair prices of a market that are kept, the newest and those before it; and instants at which it moved."""


@dataclass(slots=True)
class Standing:
    """The fair price of a market that stands.

    Parameters
    ----------
    before : list of (int, int, dict of str to float)
        Fair prices with their instants and sequences, oldest first, this one last.
    moves_ms : list of int
        When it moved, oldest first: by more than a trifle, beside ``moved_from``.
    """

    before: list[tuple[int, int, dict[str, float]]]
    moved_from: dict[str, float] = field(default_factory=dict)
    moves_ms: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Circumstances:
    """What was the matter when a bet was placed, and soon after; see ``schemas.Mark``."""

    in_play: bool = False
    best_price: float | None = None
    moved: float | None = None
    limit_share: float | None = None
    arbitrage: float | None = None
    arbitrage_alert: str | None = None
    usual_gap_ms: int | None = None
    obscure: bool | None = None
    moved_after_ms: int | None = None


@dataclass(slots=True)
class Shown:
    """What a book shows of a market, and when it last said so."""

    prices: dict[str, float]
    quoted_at_ms: int


@dataclass(slots=True)
class Pending:
    """An accepted bet with the horizons at which it has yet to be marked, earliest first."""

    decision: Decision
    due: list[tuple[Horizon, int]]
    then: Circumstances = field(default_factory=Circumstances)


STANDING = Kind("fair", Standing)
PENDING = Kind("pending", Pending)
START = Kind("start", int)
BOOKS = Kind("books", dict[str, Shown])
"""By market, what each book shows; those that have withdrawn are left out."""


class MarkBets(Stage):
    """Marks bets at 10 s, 60 s, 300 s and at the close, with the fair price that stood then."""

    name = "mark"
    kinds = (CLOCK, STANDING, PENDING, START, BOOKS, CROWD, ALERTED)

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {
            DECISIONS.name: self.on_decisions,
            FAIR.name: self.on_fair,
            FIXTURES.name: self.on_fixtures,
            QUOTES.name: self.on_quotes,
            HEARTBEATS.name: self.on_heartbeats,
            ALERTS.name: self.on_alerts,
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
            marks = due(decision.event_time_ms, start_ms)
            pending = Pending(decision, marks, circumstances(decision, start_ms, state))
            state.put(PENDING, key, pending)
            if pending.due:
                timers(state, _dues).add(pending.due[0][1], key)

    def on_fair(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Mark what fell due before each new price, then let the price stand."""
        for _, fair in decoded(chunk, FairPrice, out):
            self._mark_until(max(fair.as_of_ms, now_ms(state)), state, out)
            if fair.probabilities:
                key = f"{fair.event_id}|{fair.market}"
                state.put(STANDING, key, stands_now(state.get(STANDING, key), fair))

    def on_quotes(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Follow what the books show, for the best price that a bettor could have had."""
        for _, quote in decoded(chunk, Quote, out):
            key = f"{quote.event_id}|{quote.market}"
            books = state.get(BOOKS, key) or {}
            if quote.prices:
                books[quote.book] = Shown(quote.prices, quote.quoted_at_ms)
            else:
                books.pop(quote.book, None)
            state.put(BOOKS, key, books)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn when events start."""
        for _, fixture in decoded(chunk, Fixture, out):
            state.put(START, fixture.event_id, fixture.starts_at_ms)

    def on_alerts(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Remember which arbitrages stand."""
        for _, alert in decoded(chunk, Alert, out):
            take_alert(state, alert)

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
        then = pending.then
        standing = state.get(STANDING, f"{bet.event_id}|{bet.market}")
        while pending.due and pending.due[0][1] <= to_ms:
            horizon, at_ms = pending.due.pop(0)
            if standing is None:
                continue
            sequence, probabilities = stood_at(standing, at_ms)
            probability = probabilities.get(bet.outcome)
            if probability is None:
                continue
            if then.moved_after_ms is None:
                then.moved_after_ms = moved_after_ms(standing, bet.event_time_ms)
            alert = alert_behind(state, bet) if then.arbitrage_alert is None else None
            then.arbitrage_alert = then.arbitrage_alert or alert
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
                fair_sequence=sequence,
                stake=bet.stake,
                event_time_ms=at_ms,
                placed_at_ms=bet.event_time_ms,
                in_play=then.in_play,
                best_price=then.best_price,
                moved=then.moved,
                moved_after_ms=then.moved_after_ms,
                limit_share=then.limit_share,
                context=bet.context,
                arbitrage=then.arbitrage,
                arbitrage_alert=alert,
                usual_gap_ms=then.usual_gap_ms,
                obscure=then.obscure,
            )
            out.emit(MARKS, f"{bet.operator}|{bet.bettor}", mark, at_ms)


def circumstances(bet: Decision, start_ms: int | None, state: State) -> Circumstances:
    """Return what was the matter when a bet was placed, as far as this partition has heard."""
    key = f"{bet.event_id}|{bet.market}"
    oldest_ms = bet.event_time_ms - FRESH_MS
    books = [each.prices for each in (state.get(BOOKS, key) or {}).values() if each.quoted_at_ms >= oldest_ms]
    shown = [prices[bet.outcome] for prices in books if bet.outcome in prices]
    limits = [figure.limit for figure in bet.rules if figure.rule == "max_stake"]
    standing = state.get(STANDING, key)
    moves_ms = [] if standing is None else [ms for ms in standing.moves_ms if ms <= bet.event_time_ms]
    return Circumstances(
        start_ms is not None and bet.event_time_ms >= start_ms,
        max(shown, default=None),
        moved(standing, bet.outcome, bet.event_time_ms),
        bet.requested_stake / limits[0] if limits and limits[0] > 0 else None,
        arbitrage(bet.market, bet.outcome, bet.price, books),
        usual_gap_ms=usual_gap_ms(moves_ms),
        obscure=take_bet(state, bet.operator, bet.stood_on.competition),
    )


def stands_now(old: Standing | None, fair: FairPrice) -> Standing:
    """Return what stands when a fair price has come, and what of the past is remembered."""
    now = (fair.as_of_ms, fair.sequence, fair.probabilities)
    new = Standing([now])
    if old is None:
        new.moved_from = fair.probabilities
        return new
    new.before = [*old.before[1 - REMEMBERED :], *new.before]
    new.moved_from, new.moves_ms = old.moved_from, old.moves_ms
    if has_moved(old.moved_from, fair.probabilities):
        new.moved_from = fair.probabilities
        new.moves_ms = [*old.moves_ms[1 - REMEMBERED :], fair.as_of_ms]
    return new


def stood_at(standing: Standing, at_ms: int) -> tuple[int, dict[str, float]]:
    """Return the sequence and the probabilities of the fair price that stood at an instant.

    A decision may be read after prices that came later. Where what stood is no longer remembered, the oldest
    that is stands for it.
    """
    stood = [(sequence, p) for ms, sequence, p in standing.before if ms <= at_ms]
    return stood[-1] if stood else standing.before[0][1:]


def arbitrage(market: str, outcome: str, price: float, books: Sequence[Mapping[str, float]]) -> float | None:
    """Return what a price wins for certain with the books' best on the other outcomes, per unit, or None."""
    total = 1.0 / price
    outcomes = outcomes_of(market, books)
    for other in outcomes:
        if other != outcome:
            best = max([prices[other] for prices in books if other in prices], default=None)
            if best is None:
                return None
            total += 1.0 / best
    return winners_of(market) / total - 1.0 if outcome in outcomes and len(outcomes) > 1 else None


def moved(standing: Standing | None, outcome: str, at_ms: int) -> float | None:
    """Return by how much the log of a fair probability had risen in the five minutes before, or None."""
    if standing is None:
        return None
    known = [(ms, p[outcome]) for ms, _, p in standing.before if ms <= at_ms and p.get(outcome)]
    if not known:
        return None
    older = [p for ms, p in known if ms <= at_ms - MOVE_OVER_MS]
    return log(known[-1][1] / (older[-1] if older else known[0][1]))


def moved_after_ms(standing: Standing, placed_ms: int) -> int | None:
    """Return how long after a bet the fair price moved for the first time, or None where it has not."""
    return next((ms - placed_ms for ms in standing.moves_ms if ms > placed_ms), None)


def _dues(state: State) -> Iterable[Due]:
    return [(pending.due[0][1], key) for key, pending in state.items(PENDING) if pending.due]
