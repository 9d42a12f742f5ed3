"""Stage book (by event): decides each bet once against the standing price, and keeps the liability."""

from collections.abc import Mapping, Sequence

from agents.operators import PROFILE, profile_of, take_profile
from domain.book import EventBook
from domain.decisions import decide_bet
from schemas import (
    AssessedBet,
    Decision,
    Exposure,
    Fixture,
    MarketExposure,
    OfferedPrice,
    OperatorCommand,
)
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ASSESSED, COMMANDS, DECISIONS, EXPOSURE, FIXTURES, offered

BET = Kind("bet", Decision)
BOOK = Kind("book", EventBook)
PRICE = Kind("price", OfferedPrice)
START = Kind("start", int)


class Book(Stage):
    """Every operator's book on every event, and every decision taken.

    Parameters
    ----------
    operators : sequence of str
        Whose prices to follow.
    """

    name = "book"
    kinds = (BET, BOOK, PRICE, START, PROFILE)

    def __init__(self, operators: Sequence[str]) -> None:
        self._handlers: dict[str, Handler] = {
            ASSESSED.name: self.on_bets,
            FIXTURES.name: self.on_fixtures,
            COMMANDS.name: self.on_commands,
            **{offered(operator).name: self.on_prices for operator in operators},
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_bets(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Decide; a bet that has been decided gets its decision back."""
        touched: dict[tuple[str, str], tuple[Record, int]] = {}
        for record, assessed in decoded(chunk, AssessedBet, out):
            bet = assessed.bet
            key = f"{bet.operator}|{bet.bettor}|{bet.bet_id}"
            decision = state.get(BET, key)
            if decision is None:
                decision = self._decide(assessed, state)
                state.put(BET, key, decision)
                if decision.decision == "accepted":
                    touched[decision.event_id, decision.operator] = (record, decision.event_time_ms)
            out.emit(DECISIONS, decision.event_id, decision, decision.event_time_ms, cause=record)
        for (event_id, operator), (record, event_time_ms) in touched.items():
            book = state.get(BOOK, f"{event_id}|{operator}") or EventBook()
            message = exposure_of(operator, event_id, book, event_time_ms)
            key = f"{event_id}|{operator}"
            out.emit(EXPOSURE, key, message, event_time_ms, cause=record, route=event_id)

    def _decide(self, assessed: AssessedBet, state: State) -> Decision:
        bet, leg = assessed.bet, assessed.bet.legs[0]
        book_key = f"{leg.event_id}|{bet.operator}"
        book = state.get(BOOK, book_key) or EventBook()
        decision = decide_bet(
            assessed,
            price=state.get(PRICE, f"{bet.operator}|{leg.event_id}|{leg.market}"),
            profile=profile_of(state, bet.operator),
            starts_at_ms=state.get(START, leg.event_id),
            book=book,
        )
        if decision.decision == "accepted":
            book.reserve(leg.market, leg.outcome, decision.stake, decision.payout)
            state.put(BOOK, book_key, book)
        return decision

    def on_prices(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Follow the offered prices; the latest of a market stands."""
        latest = {(p.operator, p.event_id, p.market): p for _, p in decoded(chunk, OfferedPrice, out)}
        for (operator, event_id, market), price in latest.items():
            state.put(PRICE, f"{operator}|{event_id}|{market}", price)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn what is played and when."""
        for _, fixture in decoded(chunk, Fixture, out):
            state.put(START, fixture.event_id, fixture.starts_at_ms)

    def on_commands(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take an operator's settings."""
        for _, command in decoded(chunk, OperatorCommand, out):
            take_profile(state, command)


def exposure_of(operator: str, event_id: str, book: EventBook, event_time_ms: int) -> Exposure:
    """Return a book as the message that says it."""
    return Exposure(
        operator=operator,
        event_id=event_id,
        version=book.version,
        markets={
            name: MarketExposure(stakes=market.stakes, payouts=dict(market.payouts))
            for name, market in book.markets.items()
        },
        worst_case=book.worst_case(),
        event_time_ms=event_time_ms,
    )
