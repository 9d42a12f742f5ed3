"""Matches of football-data.co.uk files as the fair-odds models take them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from domain.consensus import BookQuote, Consensus, ConsensusConfig, consensus
from domain.devig import devig_one
from ml.fair.match import OUTCOMES, Closed, Market, Prices, Probabilities, Recorded

if TYPE_CHECKING:
    from feeds.football_data import MatchRow

_AVERAGES = ("Avg", "BbAv")
_AVERAGE = "average"
"""Stands in for books where a file gives only their average."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a file has a market: the ends of its columns, and whose closing price stands for the close."""

    ways: tuple[str, ...]
    closes: tuple[str, ...]


_COLUMNS = {
    "1x2": _Columns(("H", "D", "A"), ("PSC", "AvgC", "B365C")),
    "ou:2.5": _Columns((">2.5", "<2.5"), ("PC", "AvgC", "B365C")),
}


def recorded(files: Iterable[Path], market: str = "1x2") -> list[Recorded]:
    """Return one market of the matches of files, by kick-off; a match that comes twice is taken once.

    Parameters
    ----------
    market : str
        ``1x2`` or ``ou:2.5``.

    Raises
    ------
    OSError, feeds.account.RowError
        A file cannot be read, or is no such file.
    """
    from feeds.football_data import read

    rows: dict[tuple[object, ...], MatchRow] = {}
    for file in files:
        for row in read(file):
            key = (row.date, row.division, row.home, row.away)
            if key not in rows or len(row.odds) > len(rows[key].odds):
                rows[key] = row
    ordered = sorted(rows.values(), key=lambda row: (row.kick_off_ms, row.division, row.home))
    return [_recorded(row, market) for row in ordered]


def _recorded(row: "MatchRow", name: str) -> Recorded:
    from feeds.football_data.times import collected_ms

    columns = _COLUMNS[name]
    prices = _books(row.odds, columns.ways) or _standing_in(row.odds, columns.ways)
    opening = _consensus(name, prices)
    close = next((found for code in columns.closes if (found := _of(row.odds, code, columns.ways))), None)
    average = next((found for code in _AVERAGES if (found := _of(row.odds, code, columns.ways))), None)
    market = None
    if opening.probabilities:
        market = Market(
            row.division,
            row.home,
            row.away,
            row.kick_off_ms,
            collected_ms(row.kick_off_ms),
            opening.probabilities,
            {book: prices[book] for book in opening.shares},
            name,
        )
    return Recorded(market, _closed(row), _devigged(close), _devigged(average) or _mean(market))


def _closed(row: "MatchRow") -> Closed | None:
    from feeds.football_data.times import CLOSE_MS, FINAL_MS, collected_ms

    if row.home_goals is None or row.away_goals is None:
        return None
    gap_ms = row.kick_off_ms - CLOSE_MS - collected_ms(row.kick_off_ms)
    (opening, closing), (opening_total, closing_total) = (
        _moved(row.odds, name, columns.ways, gap_ms / 1000) for name, columns in _COLUMNS.items()
    )
    return Closed(
        row.division,
        row.home,
        row.away,
        row.kick_off_ms,
        row.kick_off_ms + FINAL_MS,
        opening,
        closing,
        row.home_goals,
        row.away_goals,
        opening_total,
        closing_total,
    )


def _moved(
    odds: Mapping[str, float], name: str, ways: tuple[str, ...], gap_s: float
) -> tuple[Probabilities | None, Probabilities | None]:
    """Return the consensus before the close and at it, ``gap_s`` later.

    As in the stream: at the close, a book that has changed its prices had seen the consensus before, unless
    that had grown too old meanwhile.
    """
    early, late = _books(odds, ways), _books(odds, ways, "C")
    opening = _consensus(name, early).probabilities
    stood = opening if gap_s <= ConsensusConfig().max_age_s else ()
    seen = {book: stood for book, prices in late.items() if early.get(book) != prices}
    return opening or None, _consensus(name, late, seen).probabilities or None


def _books(odds: Mapping[str, float], ways: tuple[str, ...], when: str = "") -> dict[str, Prices]:
    """Return prices by the book's name, of the books that quote every way."""
    from feeds.football_data.columns import BOOKS

    found = {}
    for code, name in BOOKS.items():
        prices = _of(odds, code + when, ways)
        if prices:
            found[name] = prices
    return found


def _standing_in(odds: Mapping[str, float], ways: tuple[str, ...]) -> dict[str, Prices]:
    average = next((found for code in _AVERAGES if (found := _of(odds, code, ways))), None)
    return {_AVERAGE: average} if average else {}


def _of(odds: Mapping[str, float], code: str, ways: tuple[str, ...]) -> Prices | None:
    prices = tuple(odds[code + way] for way in ways if code + way in odds)
    sensible = len(prices) == len(ways) and 0.95 < sum(1.0 / price for price in prices) < 1.6
    return prices if sensible else None


def _consensus(
    name: str, prices: Mapping[str, Prices], seen: Mapping[str, Probabilities] | None = None
) -> Consensus:
    ways = OUTCOMES[name]
    quotes = [
        BookQuote(book, dict(zip(ways, each, strict=True)), 0.0, (seen or {}).get(book, ()))
        for book, each in prices.items()
    ]
    return consensus(ways, quotes)


def _devigged(prices: Prices | None) -> Probabilities | None:
    return tuple(devig_one(prices)) if prices else None


def _mean(market: Market | None) -> Probabilities | None:
    if market is None:
        return None
    views = [devig_one(prices) for prices in market.books.values()]
    return tuple(sum(column) / len(views) for column in zip(*views, strict=True))
