"""Recorded matches of football-data.co.uk as a world for synthetic bettors."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from overround.console import fail

if TYPE_CHECKING:
    from feeds.football_data.rows import MatchRow
    from ml.sharps.world import RecordedMarket, RecordedMatch

OUTCOMES = {"1x2": ("home", "draw", "away"), "ou:2.5": ("over", "under")}

# Per market: columns of a soft book, of the best price, of the sharp book before and at the close.
COLUMNS = {
    "1x2": (
        ("B365H", "B365D", "B365A"),
        ("MaxH", "MaxD", "MaxA"),
        ("BbMxH", "BbMxD", "BbMxA"),
        ("PSH", "PSD", "PSA"),
        ("PSCH", "PSCD", "PSCA"),
    ),
    "ou:2.5": (
        ("B365>2.5", "B365<2.5"),
        ("Max>2.5", "Max<2.5"),
        ("BbMx>2.5", "BbMx<2.5"),
        ("P>2.5", "P<2.5"),
        ("PC>2.5", "PC<2.5"),
    ),
}


def recorded_matches(files: Iterable[Path]) -> "list[RecordedMatch]":
    """Return the matches of files that have the odds it takes, each once, sorted by kick-off.

    The bookmaker is bet365, the fair probabilities are Pinnacle's without their margin. Where there is no
    such match, the verb ends with a line that says so.
    """
    from feeds.account import RowError
    from feeds.football_data import read

    found = {}
    for path in files:
        try:
            found.update({match.event: match for row in read(path) if (match := _recorded(row))})
        except OSError as error:
            fail(f"cannot read {path}: {error.strerror or error}")
        except RowError:
            fail(f"{path} is no file of football-data.co.uk: its first line names no home and away side")
    if not found:
        fail(
            "no match has a result, bet365's and the best prices, and Pinnacle's before and at the close",
            code=1,
        )
    return sorted(found.values(), key=lambda match: (match.kick_off_ms, match.event))


def _recorded(row: "MatchRow") -> "RecordedMatch | None":
    from ml.sharps.world import RecordedMatch

    markets = tuple(_markets(row))
    if not markets:
        return None
    event = f"{row.date.isoformat()} {row.division} {row.home} - {row.away}".replace(",", " ")
    return RecordedMatch(event, row.kick_off_ms, markets, row.division)


def _markets(row: "MatchRow") -> "Iterator[RecordedMarket]":
    from domain.devig import devig_one
    from ml.sharps.world import RecordedMarket

    if row.home_goals is None or row.away_goals is None:
        return
    for market, (soft, best, best_before, before, close) in COLUMNS.items():
        prices, sharp, closing = (_of(row, names) for names in (soft, before, close))
        top = _of(row, best) or _of(row, best_before)
        if prices is None or sharp is None or closing is None or top is None:
            continue
        names = OUTCOMES[market]
        yield RecordedMarket(
            market=market,
            prices=dict(zip(names, prices, strict=True)),
            best=dict(zip(names, top, strict=True)),
            fair=dict(zip(names, devig_one(sharp), strict=True)),
            close=dict(zip(names, devig_one(closing), strict=True)),
            winner=_winner(market, row.home_goals, row.away_goals),
        )


def _of(row: "MatchRow", columns: tuple[str, ...]) -> list[float] | None:
    found = [row.odds[column] for column in columns if column in row.odds]
    sensible = len(found) == len(columns) and 0.95 < sum(1 / price for price in found) < 1.3
    return found if sensible else None


def _winner(market: str, home: int, away: int) -> str:
    if market == "1x2":
        return "home" if home > away else "away" if away > home else "draw"
    return "over" if home + away > 2 else "under"
