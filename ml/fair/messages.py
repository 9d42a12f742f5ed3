"""``events.closed.v1`` as the model learns from it, and how a stage comes to write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.devig import devig_one
from ml.fair.match import Closed, Market, Prices, Probabilities, Recorded
from schemas import ClosedMatch

OPENING_MS = 80 * 3_600_000
"""A match is first looked at 80 hours before it starts, or when books first quote it after that: prices of
files are collected up to 77 hours before."""


@dataclass(slots=True)
class Snapshots:
    """What a stage keeps of a match's market until its result is known.

    Parameters
    ----------
    opened_at_ms : int or None
        When the opening consensus stood.
    opening, corrected, closing : list of float or None
        Consensus and corrected price then, and the last consensus before the start.
    books : dict of str to list of float
        Prices of the books that counted in the opening consensus.
    model : str
        The champion then.
    features : list of float or None
        What it went by.
    """

    opened_at_ms: int | None = None
    opening: list[float] | None = None
    books: dict[str, list[float]] = field(default_factory=dict)
    model: str = "consensus"
    corrected: list[float] | None = None
    features: list[float | None] = field(default_factory=list)
    closing: list[float] | None = None

    def take(
        self,
        at_ms: int,
        starts_at_ms: int,
        consensus: Probabilities,
        books: Mapping[str, Prices],
        model: str = "consensus",
        corrected: Probabilities | None = None,
        features: Sequence[float | None] = (),
    ) -> None:
        """Note a consensus that stands at an instant; after the start nothing is noted."""
        if at_ms >= starts_at_ms:
            return
        self.closing = list(consensus)
        if self.opened_at_ms is None and opens(at_ms, starts_at_ms):
            self.opened_at_ms = at_ms
            self.opening = list(consensus)
            self.books = {book: list(prices) for book, prices in sorted(books.items())}
            self.model = model
            self.corrected = None if corrected is None else list(corrected)
            self.features = list(features)


def opens(at_ms: int, starts_at_ms: int) -> bool:
    """Tell whether a match that has no opening yet opens at an instant."""
    return starts_at_ms - OPENING_MS <= at_ms < starts_at_ms


def recorded(message: ClosedMatch, market: str = "1x2") -> Recorded:
    """Return a market of a match as the model learns from it; its last consensus stands for the close.

    Of who wins a tennis match there is no close: that model learns from results, and is judged by them.
    """
    as_of_ms, consensus, books, closing = _standing(message, market)
    stood = None
    if as_of_ms is not None and consensus and books:
        stood = Market(
            message.competition,
            message.home,
            message.away,
            message.starts_at_ms,
            as_of_ms,
            tuple(consensus),
            {book: tuple(prices) for book, prices in books.items()},
            market,
        )
    average = _average(stood.books) if stood is not None else None
    close = _tuple(closing) if market != "ml" else None
    return Recorded(stood, closed(message), close, average)


def _standing(
    message: ClosedMatch, market: str
) -> tuple[int | None, list[float] | None, Mapping[str, Sequence[float]], list[float] | None]:
    """Return when a market opened, its consensus and books then, and its last consensus."""
    if market == "1x2":
        return message.as_of_ms, message.consensus, message.books, message.closing
    if market == "ml":
        return (
            message.two_way_as_of_ms,
            message.two_way_consensus,
            message.two_way_books,
            message.two_way_closing,
        )
    return message.total_as_of_ms, message.total_consensus, message.total_books, message.total_closing


def closed(message: ClosedMatch) -> Closed:
    """Return a match as form takes it."""
    return Closed(
        message.competition,
        message.home,
        message.away,
        message.starts_at_ms,
        message.final_at_ms,
        _tuple(message.consensus),
        _tuple(message.closing),
        message.home_score,
        message.away_score,
        _tuple(message.total_consensus),
        _tuple(message.total_closing),
        _tuple(message.two_way_consensus),
        _tuple(message.two_way_closing),
    )


def closed_match(
    event_id: str,
    over: Closed,
    match: Snapshots,
    total: Snapshots,
    two_way: Snapshots,
) -> ClosedMatch:
    """Return what a stage tells of a match when its result is known.

    Parameters
    ----------
    over : Closed
        Who played, when, and the score; its consensuses are not looked at.
    match, total, two_way : Snapshots
        What the stage kept of 1X2, of 2.5 goals, and of who wins where there is no draw.
    """
    return ClosedMatch(
        event_id=event_id,
        competition=over.competition,
        home=over.home,
        away=over.away,
        starts_at_ms=over.starts_at_ms,
        final_at_ms=over.final_at_ms,
        as_of_ms=match.opened_at_ms,
        consensus=match.opening,
        books=match.books,
        closing=match.closing,
        home_score=over.home_score,
        away_score=over.away_score,
        model=match.model,
        corrected=match.corrected,
        features=match.features,
        total_as_of_ms=total.opened_at_ms,
        total_consensus=total.opening,
        total_books=total.books,
        total_closing=total.closing,
        total_model=total.model,
        total_corrected=total.corrected,
        total_features=total.features,
        two_way_as_of_ms=two_way.opened_at_ms,
        two_way_consensus=two_way.opening,
        two_way_books=two_way.books,
        two_way_closing=two_way.closing,
        two_way_model=two_way.model,
        two_way_corrected=two_way.corrected,
        two_way_features=two_way.features,
        event_time_ms=over.final_at_ms,
    )


def told(event_id: str, match: Recorded, total: Recorded | None = None) -> ClosedMatch | None:
    """Return a match of files as the stream would have told it; None where it has no result.

    Parameters
    ----------
    match, total : Recorded
        Its 1X2 and its market of 2.5 goals; or who wins, alone.
    """
    if match.closed is None:
        return None
    over, market = match.closed, match.market
    goals = _snapshots(total.market if total else None, over.opening_total, over.closing_total)
    two_way = market if market is not None and market.name == "ml" else None
    return closed_match(
        event_id,
        over,
        _snapshots(market if two_way is None else None, over.opening, over.closing),
        goals,
        _snapshots(two_way, over.opening_two, over.closing_two),
    )


def _snapshots(
    market: Market | None, opening: Probabilities | None, closing: Probabilities | None
) -> Snapshots:
    books = {book: list(prices) for book, prices in sorted(market.books.items())} if market else {}
    return Snapshots(
        market.as_of_ms if market else None,
        list(opening) if opening else None,
        books,
        closing=list(closing) if closing else None,
    )


def _tuple(values: list[float] | None) -> Probabilities | None:
    return tuple(values) if values else None


def _average(books: Mapping[str, Prices]) -> Probabilities:
    mean = [sum(column) / len(books) for column in zip(*books.values(), strict=True)]
    return tuple(devig_one(mean))
