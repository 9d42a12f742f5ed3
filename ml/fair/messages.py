"""``events.closed.v1`` as the model learns from it, and how a stage comes to write it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.devig import devig_one
from ml.fair.match import Closed, Market, Prices, Probabilities, Recorded
from schemas import ClosedMatch

OPENING_MS = 48 * 3_600_000
"""A match is first looked at two days before it starts, or when books first quote it after that."""


@dataclass(slots=True)
class Snapshots:
    """What a stage keeps of a match until its result is known.

    Parameters
    ----------
    opened_at_ms : int or None
        When the opening consensus stood.
    opening, corrected, closing : list of float or None
        Consensus and corrected price then, and the last consensus before the start.
    books : dict of str to list of float
        Prices of the books that counted in the opening consensus.
    model : str
        What had corrected it.
    """

    opened_at_ms: int | None = None
    opening: list[float] | None = None
    books: dict[str, list[float]] = field(default_factory=dict)
    model: str = "consensus"
    corrected: list[float] | None = None
    closing: list[float] | None = None

    def take(
        self,
        at_ms: int,
        starts_at_ms: int,
        consensus: Probabilities,
        books: Mapping[str, Prices],
        model: str = "consensus",
        corrected: Probabilities | None = None,
    ) -> None:
        """Note a consensus that stands at an instant; after the start nothing is noted."""
        if at_ms >= starts_at_ms:
            return
        self.closing = list(consensus)
        if self.opened_at_ms is None and at_ms >= starts_at_ms - OPENING_MS:
            self.opened_at_ms = at_ms
            self.opening = list(consensus)
            self.books = {book: list(prices) for book, prices in sorted(books.items())}
            self.model = model
            self.corrected = None if corrected is None else list(corrected)


def recorded(message: ClosedMatch) -> Recorded:
    """Return a match as the model learns from it; its last consensus stands for the close."""
    closing = tuple(message.closing) if message.closing else None
    market = None
    if message.as_of_ms is not None and message.consensus and message.books:
        market = Market(
            message.competition,
            message.home,
            message.away,
            message.starts_at_ms,
            message.as_of_ms,
            tuple(message.consensus),
            {book: tuple(prices) for book, prices in message.books.items()},
        )
    average = _average(market.books) if market is not None else None
    return Recorded(market, closed(message), closing, average)


def closed(message: ClosedMatch) -> Closed:
    """Return a match as form takes it."""
    return Closed(
        message.competition,
        message.home,
        message.away,
        message.starts_at_ms,
        message.final_at_ms,
        tuple(message.consensus) if message.consensus else None,
        tuple(message.closing) if message.closing else None,
        message.home_score,
        message.away_score,
    )


def message(event_id: str, match: Recorded) -> ClosedMatch | None:
    """Return a match of files as the stream would have told it; None where it has no result."""
    over, market = match.closed, match.market
    if over is None:
        return None
    return ClosedMatch(
        event_id=event_id,
        competition=over.competition,
        home=over.home,
        away=over.away,
        starts_at_ms=over.starts_at_ms,
        final_at_ms=over.final_at_ms,
        as_of_ms=market.as_of_ms if market else None,
        consensus=list(market.consensus) if market else None,
        books={book: list(prices) for book, prices in sorted(market.books.items())} if market else {},
        closing=list(over.closing) if over.closing else None,
        home_score=over.home_score,
        away_score=over.away_score,
        event_time_ms=over.final_at_ms,
    )


def _average(books: Mapping[str, Prices]) -> Probabilities:
    mean = [sum(column) / len(books) for column in zip(*books.values(), strict=True)]
    return tuple(devig_one(mean))
