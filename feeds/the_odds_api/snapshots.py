"""The Odds API v4 as JSON: one snapshot of all events a line, American prices.

A line is ``{"snapshot_utc": ..., "events": [...]}`` around the array that the ``/odds`` endpoint answers
with. A row is one market of one book in one snapshot; a line or an event that cannot be read is one row.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.board import Board
from feeds.prices import from_american, millis
from feeds.routing import FeedMessage
from feeds.the_odds_api.markets import SOCCER, Selection, Teams, market_of
from schemas import Fixture

FEED = "the-odds-api"
_BROKEN = (KeyError, TypeError, AttributeError, OverflowError)


def read(lines: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of a recording, in event-time order."""
    snapshots = Snapshots(account)
    for raw in lines:
        yield from snapshots.read(raw)


class Snapshots:
    """Reads one snapshot after another; remembers the last one only."""

    def __init__(self, account: Account, feed: str = FEED) -> None:
        self.account = account
        self.board = Board(feed)

    def read(self, raw: bytes) -> list[FeedMessage]:
        """Return the messages of one snapshot; a line that is none counts as one rejected row."""
        try:
            snapshot = json.loads(raw)
            events: list[dict[str, Any]] = snapshot["events"]
            if not isinstance(events, list):
                raise RowError("schema")
            self.board.begin(millis(snapshot["snapshot_utc"]))
        except (ValueError, RecursionError) as error:
            self.account.reject(error.reason if isinstance(error, RowError) else "not_json")
            return []
        except _BROKEN:
            self.account.reject("schema")
            return []
        for event in events:
            self._event(event)
        return self.board.end()

    def _event(self, event: dict[str, Any]) -> None:
        try:
            books: list[dict[str, Any]] = event["bookmakers"]
            teams = Teams(event["home_team"], event["away_team"], str(event["sport_key"]).startswith(SOCCER))
            fixture = Fixture(
                event_id=event["id"],
                sport=str(event["sport_key"]).partition("_")[0],
                competition=event["sport_title"],
                home=teams.home,
                away=teams.away,
                starts_at_ms=millis(event["commence_time"]),
                event_time_ms=0,
            )
            markets = [(book["key"], market) for book in books for market in book["markets"]]
        except (*_BROKEN, ValidationError, RowError):
            self.account.reject("schema")
            return
        self.board.fixture(fixture)
        for book, market in markets:
            self._market(fixture.event_id, teams, book, market)

    def _market(self, event_id: str, teams: Teams, book: object, market: dict[str, Any]) -> None:
        try:
            if not isinstance(book, str):
                raise RowError("schema")
            selections = [
                Selection(outcome["name"], from_american(outcome["price"]), outcome.get("point"))
                for outcome in market["outcomes"]
            ]
            name, prices = market_of(market["key"], selections, teams)
            self.board.quote(event_id, name, book, prices, millis(market["last_update"]))
        except RowError as error:
            self.account.reject(error.reason)
        except (*_BROKEN, ValueError):
            self.account.reject("schema")
        else:
            self.account.publish()
