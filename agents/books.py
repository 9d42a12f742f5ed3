"""Operators' books on a partition: what is held in them, and telling of it."""

from collections.abc import Iterable

from agents.allotting import tell_use
from agents.shared_use import BOOK, note
from domain.book import EventBook
from schemas import Exposure, Hold, MarketExposure
from streams.records import Record
from streams.stage import Outbox
from streams.state import State
from streams.topics import EXPOSURE


def book_of(state: State, event_id: str, operator: str) -> EventBook:
    """Return an operator's book on an event."""
    return state.get(BOOK, f"{event_id}|{operator}") or EventBook()


def keep(state: State, event_id: str, operator: str, book: EventBook) -> None:
    """Keep a book that has changed."""
    state.put(BOOK, f"{event_id}|{operator}", book)
    note(state, event_id, operator, book)


def change(
    state: State, event_id: str, operator: str, *, reserve: Iterable[Hold] = (), release: Iterable[Hold] = ()
) -> bool:
    """Take holds out of a book and others in; tell whether there were any."""
    book = book_of(state, event_id, operator)
    before = book.version
    for hold in release:
        book.release(hold.market, hold.outcome, hold.stake, hold.payout)
    for hold in reserve:
        book.reserve(hold.market, hold.outcome, hold.stake, hold.payout)
    if book.version == before:
        return False
    keep(state, event_id, operator, book)
    return True


def publish(
    state: State, out: Outbox, event_id: str, operator: str, event_time_ms: int, cause: Record | None = None
) -> None:
    """Tell how a book stands, and what that leaves of limits that it shares with others."""
    message = exposure_of(operator, event_id, book_of(state, event_id, operator), event_time_ms)
    out.emit(EXPOSURE, f"{event_id}|{operator}", message, event_time_ms, cause=cause, route=event_id)
    tell_use(state, out, event_id, operator, event_time_ms, cause)


def exposure_of(operator: str, event_id: str, book: EventBook, event_time_ms: int) -> Exposure:
    """Return a book as the message that says it."""
    return Exposure(
        operator=operator,
        event_id=event_id,
        version=book.version,
        markets={
            name: MarketExposure(stakes=market.stakes, payouts=dict(market.payouts), sharp=market.sharp)
            for name, market in book.markets.items()
        },
        worst_case=book.worst_case(),
        event_time_ms=event_time_ms,
        bets=book.bets,
    )
