"""football-data.co.uk files as messages.

A row is a match. It becomes a fixture and quotes when the site collected its prices, quotes at the close, a
half-time score and a final result. Averages and maxima are no book's quotes and are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.football_data.columns import AGGREGATES, BOOKS, PriceColumn
from feeds.football_data.rows import Layout, MatchRow
from feeds.football_data.times import CLOSE_MS, FINAL_MS, HALF_TIME_MS, collected_ms
from feeds.identity import event_id
from feeds.markets import lined
from feeds.routing import FeedMessage
from feeds.tables import refuse, table
from schemas import Fixture, Quote, Result

FEED = "football-data"
LATENESS_MS = 4 * 86_400_000
"""From a Friday's collection to the end of a Monday's match, and some."""
_OUTCOMES = {"1x2": 3, "ou:2.5": 2, "ah": 2}


@dataclass(frozen=True, slots=True)
class Group:
    """The columns that make one quote: one book's market, before or at the close."""

    code: str
    closing: bool
    market: str
    columns: tuple[PriceColumn, ...]

    def line_name(self, lines: Mapping[str, float]) -> str:
        """Return the column that has the handicap of this group."""
        if self.closing:
            return "AHCh"
        return f"{self.code}AH" if f"{self.code}AH" in lines else "AHh"


def read(lines: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of a file, match by match in the order of their kick-off. The file is held whole."""
    header, rows = table(lines)
    try:
        layout = Layout(header)
    except RowError:
        refuse(header, rows, account)
        return
    found: list[MatchRow] = []
    for row in rows:
        try:
            found.append(layout.match(row))
        except RowError as error:
            account.reject(error.reason)
    found.sort(key=lambda match: match.kick_off_ms)
    quoted = groups(layout)
    seen: set[str] = set()
    for match in found:
        event = event_id("fd", match.division, match.date, match.home, match.away)
        if event in seen:
            account.reject("twice")
            continue
        seen.add(event)
        try:
            messages = _messages(event, match, quoted, account)
        except ValidationError:
            account.reject("schema")
        else:
            account.publish()
            yield from messages


def groups(layout: Layout) -> list[Group]:
    """Return the quotes that a file may have, each with its columns."""
    found: dict[tuple[str, bool, str], list[PriceColumn]] = {}
    for _, column in layout.prices:
        found.setdefault((column.code, column.closing, column.market), []).append(column)
    return [Group(*key, columns=tuple(columns)) for key, columns in found.items()]


def _messages(event: str, match: MatchRow, quoted: Iterable[Group], account: Account) -> list[FeedMessage]:
    starts_at_ms = match.kick_off_ms
    taken_ms = collected_ms(starts_at_ms)
    out: list[FeedMessage] = [
        Fixture(
            event_id=event,
            sport="soccer",
            competition=match.division or "unknown",
            home=match.home,
            away=match.away,
            starts_at_ms=starts_at_ms,
            event_time_ms=taken_ms,
        )
    ]
    account.parts_rejected.update("bad_number" for _ in match.bad)
    for group in quoted:
        prices = {
            column.outcome: match.odds[column.name] for column in group.columns if column.name in match.odds
        }
        if not prices:
            continue
        try:
            market = _market(group, prices, match.lines)
        except RowError as error:
            account.parts_rejected[error.reason] += 1
            continue
        at_ms = starts_at_ms - CLOSE_MS if group.closing else taken_ms
        out.append(
            Quote(
                event_id=event,
                market=market,
                book=BOOKS[group.code],
                feed=FEED,
                prices=prices,
                event_time_ms=at_ms,
                quoted_at_ms=at_ms,
            )
        )
    out += _results(event, match, account)
    return out


def _market(group: Group, prices: Mapping[str, float], lines: Mapping[str, float]) -> str:
    if group.code in AGGREGATES:
        raise RowError("aggregate")
    if len(prices) != _OUTCOMES[group.market]:
        raise RowError("missing_outcome")
    if group.market != "ah":
        return group.market
    return lined("ah", lines.get(group.line_name(lines)))


def _results(event: str, match: MatchRow, account: Account) -> list[Result]:
    out = []
    half = match.stats.get("HTHG"), match.stats.get("HTAG")
    if half[0] is not None and half[1] is not None:
        out.append(
            Result(
                event_id=event,
                status="live",
                home_score=int(half[0]),
                away_score=int(half[1]),
                clock_s=45 * 60,
                event_time_ms=match.kick_off_ms + HALF_TIME_MS,
            )
        )
    if match.home_goals is None or match.away_goals is None:
        account.parts_rejected["no_score"] += 1
        return out
    out.append(
        Result(
            event_id=event,
            status="final",
            home_score=match.home_goals,
            away_score=match.away_goals,
            clock_s=90 * 60,
            event_time_ms=match.kick_off_ms + FINAL_MS,
        )
    )
    return out
