"""Which books copy others in a market: found out from their changes, kept in the table book by book."""

from domain.compilation import CompiledMarket
from domain.consensus.copies import BookChanges, CopyWatch, note, source_of, suspected
from schemas import Quote
from streams.state import Kind, State

CHANGES = Kind("changes", BookChanges)
"""By event, market and book: a change of one book's prices is one small value."""


def watch_copies(state: State, key: str, market: CompiledMarket, quote: Quote) -> None:
    """Take note of a change of prices, and mark the books of the market that copy others."""
    if not quote.prices:
        return
    watch = _watch(state, key, market)
    note(watch, quote.book, quote.prices, quote.event_time_ms)
    state.put(CHANGES, f"{key}|{quote.book}", watch.books[quote.book])
    for book, standing in market.quotes.items():
        if standing.copies or suspected(watch, book):
            standing.copies = source_of(watch, book)


def _watch(state: State, key: str, market: CompiledMarket) -> CopyWatch:
    """Return a market's watch, read again from its values after a start or a roll-back."""
    watches: dict[str, CopyWatch] = state.local.setdefault("copies", {})
    watch = watches.get(key)
    if watch is None:
        known = {book: state.get(CHANGES, f"{key}|{book}") for book in market.quotes}
        watch = CopyWatch({book: changes for book, changes in known.items() if changes is not None})
        watches[key] = watch
    return watch
