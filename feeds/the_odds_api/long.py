"""The Odds API as tables with a line for each outcome's price.

Two shapes are known: whole snapshots with decimal prices, and ticks: only the outcomes whose price or line
has changed, with American prices. A row is a line of the table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.board import Board
from feeds.prices import decimal, from_american, millis
from feeds.routing import FeedMessage
from feeds.tables import refuse, table
from feeds.the_odds_api.markets import Selection, Teams, market_of
from feeds.the_odds_api.snapshots import FEED
from schemas import Fixture


class Row(NamedTuple):
    """One line, its columns under one name whatever the shape calls them."""

    at: str
    event: str
    starts: str
    home: str
    away: str
    book: str
    market: str
    outcome: str
    point: str
    price: str
    confirmed: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table is laid out, and what its rows do not say.

    Parameters
    ----------
    columns : Row
        The table's own names of the columns.
    american : bool
        Prices are American, else decimal.
    changes_only : bool
        A snapshot holds what has changed since the last one, else all that stands.
    draws : bool
        The winner market has a draw.
    """

    columns: Row
    american: bool
    changes_only: bool
    sport: str
    competition: str
    draws: bool


SNAPSHOTS = Row(
    "pulled_at",
    "game_id",
    "commence_time",
    "home_team",
    "away_team",
    "bookmaker",
    "market",
    "name",
    "point",
    "price",
    "last_update",
)
TICKS = SNAPSHOTS._replace(at="snapshot_utc", event="event_id", outcome="outcome", price="price_american")

EPL = Shape(SNAPSHOTS, american=False, changes_only=False, sport="soccer", competition="EPL", draws=True)
MLB = Shape(TICKS, american=True, changes_only=True, sport="baseball", competition="MLB", draws=False)


def reader(shape: Shape) -> "partial[Iterator[FeedMessage]]":
    """Return the function that reads tables of a shape."""
    return partial(read, shape=shape)


def read(lines: Iterable[bytes], account: Account, shape: Shape) -> Iterator[FeedMessage]:
    """Yield the messages of a table, in event-time order."""
    header, rows = table(lines)
    if not set(header) >= set(shape.columns):
        refuse(header, rows, account)
        return
    pick = itemgetter(*(header.index(name) for name in shape.columns))
    reading = _Reading(shape, account)
    for at, snapshot in groupby((Row._make(pick(row)) for row in rows), key=attrgetter("at")):
        yield from reading.snapshot(at, list(snapshot))


@dataclass(slots=True)
class _Known:
    """What one book showed last of one kind of market: prices by outcome, and the market they make."""

    selections: dict[str, Selection] = field(default_factory=dict)
    market: str = ""


class _Reading:
    def __init__(self, shape: Shape, account: Account) -> None:
        self.shape = shape
        self.account = account
        self.board = Board(FEED, complete=not shape.changes_only)
        self.price = from_american if shape.american else decimal
        self.known: dict[tuple[str, str, str], _Known] = {}

    def snapshot(self, at: str, rows: Sequence[Row]) -> list[FeedMessage]:
        try:
            self.board.begin(millis(at))
        except RowError as error:
            self.account.reject(error.reason, len(rows))
            return []
        for event, group in groupby(rows, key=attrgetter("event")):
            self._event(event, list(group))
        return self.board.end()

    def _event(self, event: str, rows: Sequence[Row]) -> None:
        first = rows[0]
        try:
            fixture = Fixture(
                event_id=event,
                sport=self.shape.sport,
                competition=self.shape.competition,
                home=first.home,
                away=first.away,
                starts_at_ms=millis(first.starts),
                event_time_ms=0,
            )
        except (ValidationError, RowError):
            self.account.reject("schema", len(rows))
            return
        self.board.fixture(fixture)
        teams = Teams(first.home, first.away, self.shape.draws)
        markets: dict[tuple[str, str, float | None], list[tuple[Selection, int]]] = {}
        for row in rows:
            try:
                selection = Selection(row.outcome, self.price(float(row.price)), _point(row.point))
                line = selection.point
                if row.market == "spreads" and line and row.outcome == first.away:
                    line = -line  # both sides under the line of the home side
                key = (row.book, row.market, None if self.shape.changes_only else line)
                found = selection, millis(row.confirmed)
                markets.setdefault(key, []).append(found)
            except RowError as error:
                self.account.reject(error.reason)
            except ValueError:
                self.account.reject("bad_price")
        for (book, kind, _), selections in markets.items():
            self._market(event, teams, book, kind, selections)

    def _market(
        self, event: str, teams: Teams, book: str, kind: str, found: Sequence[tuple[Selection, int]]
    ) -> None:
        confirmed_ms = max(at for _, at in found)
        selections = [selection for selection, _ in found]
        known = None
        if self.shape.changes_only:
            known = self.known.setdefault((event, book, kind), _Known())
            known.selections.update((selection.name, selection) for selection in selections)
            selections = list(known.selections.values())
        try:
            market, prices = market_of(kind, selections, teams)
            if known and known.market not in ("", market):  # the book has moved its line
                self.board.withdraw(event, known.market, book, confirmed_ms)
            if known:
                known.market = market
            self.board.quote(event, market, book, prices, confirmed_ms)
        except RowError as error:
            self.account.reject(error.reason, len(found))
        else:
            self.account.publish(len(found))


def _point(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise RowError("no_line") from None
