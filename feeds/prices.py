"""Upstream prices as decimal odds, and upstream instants as milliseconds."""

from datetime import UTC, datetime
from functools import lru_cache

from domain import formats
from feeds.account import RowError

MAX_PRICE = 1e6


def decimal(price: float) -> float:
    """Return a decimal price as it is.

    Raises
    ------
    RowError
        ``bad_price``: not above 1, above a million, or not a number.
    """
    if not 1.0 < price <= MAX_PRICE:
        raise RowError("bad_price")
    return float(price)


@lru_cache(maxsize=16_384)
def from_american(price: float | str) -> float:
    """Return the decimal odds of an American price: +150 is 2.5, -200 is 1.5.

    Raises
    ------
    RowError
        ``bad_price``: between -100 and 100, which no American price is, or no number.
    """
    try:
        return decimal(formats.from_american(price))
    except (ValueError, OverflowError):
        raise RowError("bad_price") from None


@lru_cache(maxsize=65_536)
def millis(instant: str) -> int:
    """Return an ISO 8601 instant as UTC milliseconds; without an offset it is taken as UTC.

    Raises
    ------
    RowError
        ``bad_time``.
    """
    try:
        parsed = datetime.fromisoformat(instant)
    except (TypeError, ValueError):
        raise RowError("bad_time") from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return round(parsed.timestamp() * 1000)
