"""tennis-data.co.uk: results and two-way odds of ATP and WTA matches.

A row is a match. The files name the winner first and say the day only: here the two players are in
alphabetical order, so that the place tells nothing of the result, the match starts at noon UTC of its day,
and the prices are of an hour before. Averages and maxima are no book's quotes and are left out.
"""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.football_data.columns import BOOKS
from feeds.identity import event_id
from feeds.prices import decimal, millis
from feeds.routing import FeedMessage
from feeds.tables import refuse, table
from schemas import Fixture, Quote, Result

FEED = "tennis-data"
LATENESS_MS = 86_400_000
_HOUR_MS = 3_600_000
_CODES = ("B365", "PS")
_AGGREGATES = ("Max", "Avg")
_NEEDED = {"Tournament", "Date", "Winner", "Loser", "Wsets", "Lsets", "Comment"}

Cells = Mapping[str, str]


def read(lines: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of a file, match by match in the order of their days. The file is held whole."""
    header, rows = table(lines)
    if not set(header) >= _NEEDED:
        refuse(header, rows, account)
        return
    tour = "WTA" if "WTA" in header else "ATP"
    dated: list[tuple[int, Cells]] = []
    for row in rows:
        cells: Cells = dict(zip(header, row, strict=False))
        try:
            dated.append((millis(f"{cells['Date']}T12:00:00Z"), cells))
        except RowError as error:
            account.reject(error.reason)
    dated.sort(key=lambda pair: pair[0])
    for starts_at_ms, match in dated:
        try:
            messages = list(_messages(tour, match, starts_at_ms, account))
        except ValidationError:
            account.reject("schema")
        else:
            account.publish()
            yield from messages


def averages(lines: Iterable[bytes]) -> dict[str, tuple[float, float]]:
    """Return the mean price of all books that a file gives, by event, in the order home, away."""
    header, rows = table(lines)
    tour = "WTA" if "WTA" in header else "ATP"
    found = {}
    for row in rows:
        match: Cells = dict(zip(header, row, strict=False))
        try:
            won, lost = (decimal(float(match[name])) for name in ("AvgW", "AvgL"))
        except (KeyError, ValueError, RowError):
            continue
        event, home = _identity(tour, match)
        found[event] = (won, lost) if home == match["Winner"].strip() else (lost, won)
    return found


def _identity(tour: str, match: Cells) -> tuple[str, str]:
    """Return a match's event, and who comes first in it."""
    home, away = sorted((match["Winner"].strip(), match["Loser"].strip()))
    return event_id("td", tour, match["Date"], match["Tournament"], home, away), home


def _messages(tour: str, match: Cells, starts_at_ms: int, account: Account) -> Iterator[FeedMessage]:
    winner, loser = match["Winner"].strip(), match["Loser"].strip()
    event, home = _identity(tour, match)
    away = loser if home == winner else winner
    at_ms = starts_at_ms - _HOUR_MS
    yield Fixture(
        event_id=event,
        sport="tennis",
        competition=f"{tour} {match['Tournament'].strip()}",
        home=home,
        away=away,
        starts_at_ms=starts_at_ms,
        best_of=_best_of(match.get("Best of", "")),
        event_time_ms=at_ms,
    )
    for code in (*_CODES, *_AGGREGATES):
        texts = match.get(f"{code}W", ""), match.get(f"{code}L", "")
        if not any(texts):
            continue
        try:
            won, lost = _prices(code, *texts)
        except RowError as error:
            account.parts_rejected[error.reason] += 1
            continue
        yield Quote(
            event_id=event,
            market="ml",
            book=BOOKS[code],
            feed=FEED,
            prices={"home": won, "away": lost} if home == winner else {"home": lost, "away": won},
            event_time_ms=at_ms,
            quoted_at_ms=at_ms,
        )
    try:
        yield _result(event, match, starts_at_ms, winner_at_home=home == winner)
    except RowError as error:
        account.parts_rejected[error.reason] += 1


def _best_of(said: str) -> int | None:
    try:
        return int(float(said)) or None
    except (ValueError, OverflowError):
        return None


def _prices(code: str, won: str, lost: str) -> tuple[float, float]:
    if not won or not lost:
        raise RowError("missing_outcome")
    try:
        prices = decimal(float(won)), decimal(float(lost))
    except ValueError as error:
        raise RowError("bad_price") from error
    if code in _AGGREGATES:
        raise RowError("aggregate")
    return prices


def _result(event: str, match: Cells, starts_at_ms: int, *, winner_at_home: bool) -> Result:
    """Return the sets won; of a match that was not played to its end, void where they name no winner."""
    try:
        won, lost = (int(float(match[name] or 0)) for name in ("Wsets", "Lsets"))
    except ValueError:
        raise RowError("bad_score") from None
    ahead = won > lost
    if not ahead and match["Comment"] == "Completed":
        raise RowError("bad_score")
    sets = (won, lost) if winner_at_home else (lost, won)
    return Result(
        event_id=event,
        status="final" if ahead else "void",
        home_score=sets[0] if ahead else None,
        away_score=sets[1] if ahead else None,
        event_time_ms=starts_at_ms + 3 * _HOUR_MS,
    )
