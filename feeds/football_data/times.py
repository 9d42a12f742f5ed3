"""When a match of football-data.co.uk was played, and when its prices were taken."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from feeds.account import RowError

LONDON = ZoneInfo("Europe/London")
"""The files' times are British."""
UNKNOWN_TIME = time(15)
"""Taken where a file has no times."""

MINUTE_MS = 60_000
HALF_TIME_MS = 50 * MINUTE_MS
FINAL_MS = 120 * MINUTE_MS
"""After kick-off; the files do not say when a score was known."""
CLOSE_MS = 1_000
"""Before kick-off: the last instant at which a price was one before the start."""

_MIDWEEK = 1
_WEEKEND = 4


@lru_cache(maxsize=32_768)
def day(text: str) -> date:
    """Return a date written as dd/mm/yy, dd/mm/yyyy or yyyy-mm-dd.

    Raises
    ------
    RowError
        ``bad_date``.
    """
    try:
        if "-" in text:
            return date.fromisoformat(text)
        days, months, years = (int(part) for part in text.split("/"))
        if years < 100:
            years += 1900 if years >= 70 else 2000
        return date(years, months, days)
    except ValueError:
        raise RowError("bad_date") from None


@lru_cache(maxsize=65_536)
def kick_off_ms(played: date, clock: str) -> int:
    """Return the kick-off in UTC milliseconds; ``clock`` is British time, empty where unknown.

    Raises
    ------
    RowError
        ``bad_time``.
    """
    try:
        at = time.fromisoformat(clock.strip()) if clock.strip() else UNKNOWN_TIME
    except ValueError:
        raise RowError("bad_time") from None
    return _millis(datetime.combine(played, at.replace(tzinfo=None), LONDON))


@lru_cache(maxsize=65_536)
def collected_ms(starts_at_ms: int) -> int:
    """Return when the prices before the close were taken.

    The site takes those of the weekend (Friday to Monday) by Friday 17:00 and those of midweek by Tuesday
    13:00, British time; of a match that starts before that, an hour before it does.
    """
    start = datetime.fromtimestamp(starts_at_ms / 1000, LONDON)
    weekday = start.weekday()
    if _MIDWEEK <= weekday < _WEEKEND:
        back, at = weekday - _MIDWEEK, time(13)
    else:
        back, at = (weekday - _WEEKEND) % 7, time(17)
    taken = _millis(datetime.combine(start.date() - timedelta(days=back), at, LONDON))
    return min(taken, starts_at_ms - 60 * MINUTE_MS)


def _millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)
