"""From the quotes of many books to one fair price per market: what the compiler remembers and does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from domain.consensus import BookQuote, Consensus, ConsensusConfig, consensus
from domain.consensus.apart import disagreement
from domain.liveness import Doubt, doubt_of
from domain.markets import outcomes_of, winners_of
from schemas import BookShare, FairPrice, Quote

FUTURE_TOLERANCE_MS = 5_000
"""How far a message's event time may lie after the wall clock of its producer."""


@dataclass(slots=True)
class StandingQuote:
    """The quote of one book that stands, and the record that brought it.

    Parameters
    ----------
    fair_then, since : list of float, int
        The fair price that stood when the book last changed its prices, and its sequence.
    feed : str
        Through whom the quote came.
    doubt : str
        Why nothing of that feed can be trusted now, as ``domain.liveness`` has it; empty where it can.
    copies : str
        The book that this one is known to repeat; empty for none.
    """

    prices: dict[str, float]
    quoted_at_ms: int
    event_time_ms: int
    partition: int
    offset: int
    fair_then: list[float] = field(default_factory=list)
    since: int = 0
    feed: str = ""
    doubt: str = ""
    copies: str = ""


CONFIRMED_MS = 60_000
"""How long after a book has shown its standing prices again the market is looked at for it, event time."""
MANY_OUTCOMES = 100
"""A market with more outcomes rests before it is looked at again: it may slow itself, but what pricing it
takes of a partition stays well under a hundredth."""
REST_MS = 5
"""For each outcome, event time."""


@dataclass(slots=True)
class CompiledMarket:
    """All that stands in one market, and the fair price made of it.

    Parameters
    ----------
    fair : FairPrice or None
        The last that was published.
    standing : list of float
        The consensus as it stands, which may have moved too little to be published; by the outcomes of
        ``fair``, empty where there is none.
    looked_at_ms : int
        Event time of the last look at it.
    """

    quotes: dict[str, StandingQuote] = field(default_factory=dict)
    fair: FairPrice | None = None
    newest_ms: int = 0
    standing: list[float] = field(default_factory=list)
    looked_at_ms: int = 0


def refusal(market: CompiledMarket, quote: Quote, produced_at_ms: int) -> str | None:
    """Return why a quote is not taken, or None.

    ``future_timestamp``: its event time lies more than 5 s after the wall clock of its producer.
    ``out_of_order``: the same book's later quote of this market has been taken already.
    """
    if quote.event_time_ms > produced_at_ms + FUTURE_TOLERANCE_MS:
        return "future_timestamp"
    standing = market.quotes.get(quote.book)
    if standing is not None and quote.event_time_ms < standing.event_time_ms:
        return "out_of_order"
    return None


def take(market: CompiledMarket, quote: Quote, partition: int, offset: int) -> bool:
    """Let a quote stand in place of the book's earlier one; tell whether its prices are others."""
    fair_then = list(market.fair.uncorrected.values()) if market.fair is not None else []
    since = market.fair.sequence if market.fair is not None else 0
    before = market.quotes.get(quote.book)
    changed = before is None or before.prices != quote.prices
    if before is not None and not changed:
        fair_then, since = before.fair_then, before.since
    market.quotes[quote.book] = StandingQuote(
        quote.prices,
        quote.quoted_at_ms,
        quote.event_time_ms,
        partition,
        offset,
        fair_then,
        since,
        quote.feed,
        copies="" if before is None else before.copies,
    )
    market.newest_ms = max(market.newest_ms, quote.event_time_ms)
    return changed


def is_confirmed(market: CompiledMarket, book: str) -> bool:
    """Tell whether a book whose prices have not changed counts in the fair price as it stands.

    Then its quote only keeps the price fresh: the market is looked at ``CONFIRMED_MS`` later, once for all
    books that confirm theirs meanwhile.
    """
    fair = market.fair
    return (
        fair is not None
        and bool(fair.probabilities)
        and any(share.book == book and share.rejected is None for share in fair.books)
    )


def take_derived(market: CompiledMarket, derived: FairPrice) -> FairPrice | None:
    """Let a derived price be the market's, with the next sequence; None where a book quotes the market."""
    if is_quoted(market):
        return None
    sequence = 1 if market.fair is None else market.fair.sequence + 1
    market.fair = derived.model_copy(update={"sequence": sequence})
    return market.fair


def is_quoted(market: CompiledMarket) -> bool:
    """Tell whether any book shows the market, however old its quote."""
    return any(standing.prices for standing in market.quotes.values())


def doubt(market: CompiledMarket, feeds: Mapping[str, Doubt]) -> None:
    """Let standing quotes be worth what the feeds that they came through are."""
    for standing in market.quotes.values():
        standing.doubt = doubt_of(feeds.get(standing.feed), standing.event_time_ms)


def compile_fair(
    event_id: str,
    name: str,
    market: CompiledMarket,
    as_of_ms: int,
    config: ConsensusConfig,
    *,
    anew: bool = False,
    settings: str = "",
) -> FairPrice | None:
    """Return the market's new fair price, or None when the standing one still says it.

    Parameters
    ----------
    event_id, name : str
        The event, and the market's type and line.
    as_of_ms : int
        The instant that the age of quotes is counted from, UTC milliseconds.
    anew : bool
        Make it anew even if it has not moved.
    settings : str
        The name of ``config`` among the platform's.
    """
    old = market.fair
    if old is not None and old.derived is not None and not is_quoted(market):
        return None
    view = _view(name, market.quotes, as_of_ms, config)
    market.standing = list(view.consensus.probabilities)
    anew = anew or old is None or old.settings != settings
    if old is not None and not anew and not _has_moved(old, view, config.min_move):
        return None
    sequence = 1 if old is None else old.sequence + 1
    market.fair = _message(event_id, name, market.quotes, view, as_of_ms, sequence, config, settings)
    return market.fair


def fair_price(
    event_id: str,
    name: str,
    quotes: Mapping[str, StandingQuote],
    as_of_ms: int,
    config: ConsensusConfig,
    sequence: int,
    settings: str = "",
) -> FairPrice:
    """Return the consensus of standing quotes as a message; the same quotes give the same bytes."""
    view = _view(name, quotes, as_of_ms, config)
    return _message(event_id, name, quotes, view, as_of_ms, sequence, config, settings)


@dataclass(frozen=True, slots=True)
class _View:
    """The consensus of one market: its outcomes, all books sorted by name, and what came of them."""

    outcomes: tuple[str, ...]
    books: list[str]
    consensus: Consensus


def _view(name: str, quotes: Mapping[str, StandingQuote], as_of_ms: int, config: ConsensusConfig) -> _View:
    books = sorted(quotes)
    by_book = [
        BookQuote(
            book,
            standing.prices,
            max(0.0, (as_of_ms - standing.quoted_at_ms) / 1000.0),
            standing.fair_then,
            standing.copies,
            standing.doubt,
        )
        for book in books
        for standing in (quotes[book],)
    ]
    outcomes = outcomes_of(name, [quote.prices for quote in by_book])
    return _View(outcomes, books, consensus(outcomes, by_book, config, winners_of(name)))


def _message(
    event_id: str,
    name: str,
    quotes: Mapping[str, StandingQuote],
    view: _View,
    as_of_ms: int,
    sequence: int,
    config: ConsensusConfig,
    settings: str,
) -> FairPrice:
    result = view.consensus
    shares = [
        BookShare(
            book=book,
            partition=quotes[book].partition,
            offset=quotes[book].offset,
            since=quotes[book].since,
            weight=result.shares.get(book, 0.0),
            rejected=result.rejected.get(book),
            copy_of=quotes[book].copies or None,
        )
        for book in view.books
    ]
    probabilities = (
        dict(zip(view.outcomes, result.probabilities, strict=True)) if result.probabilities else {}
    )
    return FairPrice(
        event_id=event_id,
        market=name,
        sequence=sequence,
        probabilities=probabilities,
        books=shares,
        model="consensus",
        disagreement=_disagreement(name, quotes, view, config),
        event_time_ms=max((quote.event_time_ms for quote in quotes.values()), default=as_of_ms),
        as_of_ms=as_of_ms,
        settings=settings,
    )


def _disagreement(
    name: str, quotes: Mapping[str, StandingQuote], view: _View, config: ConsensusConfig
) -> float:
    found = view.consensus
    if not found.probabilities:
        return 0.0
    prices = {book: quotes[book].prices for book in found.shares}
    return disagreement(view.outcomes, found.probabilities, found.shares, prices, config, winners_of(name))


def _has_moved(old: FairPrice, view: _View, min_move: float) -> bool:
    new = view.consensus
    if len(new.probabilities) != len(old.probabilities) or tuple(old.probabilities) not in (
        (),
        view.outcomes,
    ):
        return True
    if {share.book: share.rejected for share in old.books if share.rejected} != new.rejected:
        return True
    if len(old.books) != len(view.books):
        return True
    return any(
        abs(after - before) >= min_move * sqrt(before * (1.0 - before))
        for before, after in zip(old.uncorrected.values(), new.probabilities, strict=True)
    )


def unseen_until_ms(market: CompiledMarket) -> int | None:
    """Return when quotes that only confirm are looked at, or None where all have been."""
    return market.newest_ms + CONFIRMED_MS if market.newest_ms > market.looked_at_ms else None


def rests_until_ms(market: CompiledMarket) -> int:
    """Return the event time before which a market of many outcomes is not looked at again; 0 for others."""
    outcomes = _outcomes(market)
    large = outcomes > MANY_OUTCOMES and market.looked_at_ms
    return market.looked_at_ms + outcomes * REST_MS if large else 0


def is_large(market: CompiledMarket) -> bool:
    """Tell whether a market has so many outcomes that it rests between two looks."""
    return _outcomes(market) > MANY_OUTCOMES


def _outcomes(market: CompiledMarket) -> int:
    return max((len(quote.prices) for quote in market.quotes.values()), default=0)


def expires_at_ms(market: CompiledMarket, config: ConsensusConfig, now_ms: int) -> int | None:
    """Return when the next quote that counts will be too old, or None when none will be."""
    max_age_s, ages = config.max_age_s, config.max_age_by_book
    ends = [
        quote.quoted_at_ms + int(ages.get(book, max_age_s) * 1000) + 1
        for book, quote in market.quotes.items()
    ]
    return min((end for end in ends if end > now_ms), default=None)
