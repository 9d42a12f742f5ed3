"""Names of markets with a line."""

from functools import lru_cache
from math import isfinite

from domain.markets import TYPES, Market
from feeds.account import RowError


@lru_cache(maxsize=10_000)
def lined(key: str, line: float | None) -> str:
    """Return the market of type ``key`` (``ou``, ``ah``) at a line: ``ou:2.5``, ``ah:-0.5``, ``ah:0``.

    Raises
    ------
    RowError
        ``no_line``: there is none, or it is not a number.
    """
    if line is None or not isfinite(line):
        raise RowError("no_line")
    return Market(TYPES[key], float(line)).name
