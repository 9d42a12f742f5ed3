"""Matches of football-data.co.uk files as the fair-odds model takes them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from domain.consensus import BookQuote, Consensus, consensus
from domain.devig import devig_one
from ml.fair.match import OUTCOMES, Closed, Market, Prices, Probabilities, Recorded

if TYPE_CHECKING:
    from feeds.football_data import MatchRow

_WAYS = ("H", "D", "A")
_CLOSES = ("PSC", "AvgC", "B365C")
_AVERAGES = ("Avg", "BbAv")
_AVERAGE = "average"
"""Stands in for books where a file gives only their average."""


def recorded(files: Iterable[Path]) -> list[Recorded]:
    """Return the matches of files, by kick-off; one that comes twice is taken once.

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
    return [_recorded(row) for row in ordered]


def _recorded(row: "MatchRow") -> Recorded:
    from feeds.football_data.times import FINAL_MS, collected_ms

    prices = _books(row.odds) or _standing_in(row.odds)
    opening = _consensus(prices)
    closing = _consensus(_books(row.odds, "C") or _standing_in(row.odds, "C"))
    close = next((found for code in _CLOSES if (found := _of(row.odds, code))), None)
    average = next((found for code in _AVERAGES if (found := _of(row.odds, code))), None)
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
        )
    closed = None
    if row.home_goals is not None and row.away_goals is not None:
        closed = Closed(
            row.division,
            row.home,
            row.away,
            row.kick_off_ms,
            row.kick_off_ms + FINAL_MS,
            opening.probabilities or None,
            closing.probabilities or None,
            row.home_goals,
            row.away_goals,
        )
    return Recorded(
        market,
        closed,
        _devigged(close),
        _devigged(average) or _mean(market),
    )


def _books(odds: Mapping[str, float], close: str = "") -> dict[str, Prices]:
    """Return prices by the book's name, of the books that quote every way."""
    from feeds.football_data.columns import BOOKS

    found = {}
    for code, name in BOOKS.items():
        prices = _of(odds, code + close)
        if prices:
            found[name] = prices
    return found


def _standing_in(odds: Mapping[str, float], close: str = "") -> dict[str, Prices]:
    average = next((found for code in _AVERAGES if (found := _of(odds, code + close))), None)
    return {_AVERAGE: average} if average else {}


def _of(odds: Mapping[str, float], code: str) -> Prices | None:
    prices = tuple(odds[code + way] for way in _WAYS if code + way in odds)
    sensible = len(prices) == len(_WAYS) and 0.95 < sum(1.0 / price for price in prices) < 1.6
    return prices if sensible else None


def _consensus(prices: Mapping[str, Prices]) -> Consensus:
    quotes = [BookQuote(book, dict(zip(OUTCOMES, each, strict=True)), 0.0) for book, each in prices.items()]
    return consensus(OUTCOMES, quotes)


def _devigged(prices: Prices | None) -> Probabilities | None:
    return tuple(devig_one(prices)) if prices else None


def _mean(market: Market | None) -> Probabilities | None:
    if market is None:
        return None
    views = [devig_one(prices) for prices in market.books.values()]
    return tuple(sum(column) / len(views) for column in zip(*views, strict=True))
