"""Matches of tennis-data.co.uk files as the fair-odds models take them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from domain.consensus import BookQuote, Consensus, consensus
from domain.devig import devig_one
from ml.fair.match import OUTCOMES, Closed, Market, Prices, Recorded
from schemas import Fixture, Quote, Result

WAYS = OUTCOMES["ml"]


def recorded_tennis(files: Iterable[Path]) -> list[Recorded]:
    """Return the matches of files by start; one that was not played to a winner is left out.

    Raises
    ------
    OSError, feeds.account.RowError
        A file cannot be read, or is no such file.
    """
    from feeds.account import Account, RowError
    from feeds.files import lines
    from feeds.tennis_data import averages, read

    messages: dict[str, list[Fixture | Quote | Result]] = {}
    means: dict[str, Prices] = {}
    for file in files:
        account = Account()
        for message in read(lines(file), account):
            if isinstance(message, Fixture | Quote | Result):
                messages.setdefault(message.event_id, []).append(message)
        if not account.published:
            raise RowError("bad_row")
        means.update(averages(lines(file)))
    found = [_recorded(own, means.get(event_id)) for event_id, own in messages.items()]
    return sorted(
        (match for match in found if match is not None),
        key=lambda match: (
            (match.closed.starts_at_ms, match.closed.competition, match.closed.home)
            if match.closed is not None
            else (0, "", "")
        ),
    )


def _recorded(messages: Iterable[Fixture | Quote | Result], average: Prices | None) -> Recorded | None:
    fixture: Fixture | None = None
    result: Result | None = None
    quotes: dict[str, Quote] = {}
    for message in messages:
        if isinstance(message, Fixture):
            fixture = message
        elif isinstance(message, Result):
            result = message
        else:
            quotes[message.book] = message
    if fixture is None or result is None or result.home_score is None or result.away_score is None:
        return None
    books = {book: tuple(quote.prices[way] for way in WAYS) for book, quote in quotes.items()}
    found = _consensus(books)
    stood = found.probabilities or None
    market = None
    if stood:
        as_of_ms = max(quote.event_time_ms for quote in quotes.values())
        names = fixture.competition, fixture.home, fixture.away
        counted = {book: books[book] for book in found.shares}
        market = Market(*names, fixture.starts_at_ms, as_of_ms, stood, counted, "ml")
    closed = Closed(
        fixture.competition,
        fixture.home,
        fixture.away,
        fixture.starts_at_ms,
        result.event_time_ms,
        None,
        None,
        result.home_score,
        result.away_score,
        opening_two=stood,
        closing_two=stood,
    )
    return Recorded(market, closed, None, tuple(devig_one(average)) if average else None)


def _consensus(books: Mapping[str, Prices]) -> Consensus:
    quotes = [BookQuote(book, dict(zip(WAYS, prices, strict=True)), 0.0) for book, prices in books.items()]
    return consensus(WAYS, quotes)
