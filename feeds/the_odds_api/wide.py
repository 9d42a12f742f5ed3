"""The Odds API as a table with a line for each book and game: winner, spread and total side by side.

American prices. Snapshots are of some sports or books only, so that nothing is withdrawn by being left out.
A row is a line of the table; it may carry up to three markets.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.board import Board
from feeds.prices import from_american, millis
from feeds.routing import FeedMessage
from feeds.tables import refuse, table
from feeds.the_odds_api.markets import Selection, Teams, market_of
from feeds.the_odds_api.snapshots import FEED
from schemas import Fixture

SPORTS = {"NHL": "icehockey", "NBA": "basketball", "WNBA": "basketball"}
_MARKETS = {
    "h2h": (("home_team", "ml_home", ""), ("away_team", "ml_away", "")),
    "spreads": (
        ("home_team", "spread_home_odds", "spread_home"),
        ("away_team", "spread_away_odds", "spread_away"),
    ),
    "totals": (("Over", "total_over_odds", "total_line"), ("Under", "total_under_odds", "total_line")),
}
_NEEDED = {"date", "sport", "game_id", "commence_time", "home_team", "away_team", "bookmaker"} | {
    column for sides in _MARKETS.values() for side in sides for column in side if column.islower()
}
_HOUR_MS = 3_600_000

Cells = Mapping[str, str]


def read(lines: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of a table, in event-time order. The table, which has no order, is held whole."""
    header, rows = table(lines)
    if not set(header) >= _NEEDED:
        refuse(header, rows, account)
        return
    dated: list[tuple[int, Cells]] = []
    for row in rows:
        cells: Cells = dict(zip(header, row, strict=False))
        try:
            dated.append((taken_at_ms(cells), cells))
        except RowError as error:
            account.reject(error.reason)
    dated.sort(key=lambda pair: pair[0])
    board = Board(FEED, complete=False)
    for at_ms, snapshot in groupby(dated, key=lambda pair: pair[0]):
        board.begin(at_ms)
        for _, taken in snapshot:
            try:
                parts = _row(board, taken, at_ms)
            except RowError as error:
                account.reject(error.reason)
            else:
                account.publish()
                account.parts_rejected.update(parts)
        yield from board.end()


def taken_at_ms(cells: Cells) -> int:
    """Return when a row was seen, UTC milliseconds.

    Rows of older snapshots say the day only: they are taken to be of noon, or of an hour before the game
    where that is earlier.

    Raises
    ------
    RowError
        ``bad_time``.
    """
    said = cells.get("snapshot_taken_at_utc") or cells.get("api_snapshot_timestamp_utc")
    if said:
        return millis(said)
    return min(millis(f"{cells['date']}T12:00:00Z"), millis(cells["commence_time"]) - _HOUR_MS)


def _row(board: Board, cells: Cells, at_ms: int) -> list[str]:
    """Put a row's markets on the board; return why some were left out, raise when all were."""
    teams = Teams(cells["home_team"], cells["away_team"], draws=False)
    if cells["sport"] not in SPORTS:
        raise RowError("unknown_sport")
    try:
        fixture = Fixture(
            event_id=cells["game_id"],
            sport=SPORTS[cells["sport"]],
            competition=cells["sport"],
            home=teams.home,
            away=teams.away,
            starts_at_ms=millis(cells["commence_time"]),
            event_time_ms=0,
        )
    except ValidationError:
        raise RowError("schema") from None
    said = cells.get("bookmaker_last_update_utc")
    confirmed_ms = millis(said) if said else at_ms
    board.fixture(fixture)
    reasons: list[str] = []
    shown = [kind for kind, sides in _MARKETS.items() if any(cells[price] for _, price, _ in sides)]
    for kind in shown:
        try:
            market, prices = market_of(kind, _selections(kind, cells), teams)
            board.quote(fixture.event_id, market, cells["bookmaker"], prices, confirmed_ms)
        except RowError as error:
            reasons.append(error.reason)
    if len(reasons) == len(shown):
        raise RowError(reasons[0] if reasons else "no_prices")
    return reasons


def _selections(kind: str, cells: Cells) -> list[Selection]:
    return [
        Selection(cells.get(name, name), from_american(_number(cells[price])), _line(cells.get(line, "")))
        for name, price, line in _MARKETS[kind]
        if cells[price]
    ]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RowError("bad_price") from None


def _line(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise RowError("no_line") from None
