"""What the columns of football-data.co.uk files mean.

A price column is the bookmaker, ``C`` where it is a closing price, and the outcome: ``PSH`` is Pinnacle's
home price at collection, ``PSCH`` at the close, ``P>2.5`` its price of over 2.5 goals, ``PAHH`` of the home
side of the Asian handicap, whose line is in ``AHh``. The source is the site's own ``notes.txt``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PRICE = re.compile(r"(?P<stem>[A-Za-z0-9]+?)(?P<outcome>AHH|AHA|H|D|A|>2\.5|<2\.5)")
_LINE = re.compile(r"(?P<book>[A-Z][A-Za-z0-9]*?)?AH(?P<close>C)?h?")
_OUTCOMES = {
    "H": ("1x2", "home"),
    "D": ("1x2", "draw"),
    "A": ("1x2", "away"),
    ">2.5": ("ou:2.5", "over"),
    "<2.5": ("ou:2.5", "under"),
    "AHH": ("ah", "home"),
    "AHA": ("ah", "away"),
}
_BOOKS_IN_C = ("VC",)
"""Codes that end in C, which then is no sign of a closing price."""

COUNTS = ("Bb1X2", "BbOU", "BbAH")
STATS = ("HTHG", "HTAG", "HS", "AS", "HST", "AST", "HF", "AF", "HC", "AC", "HY", "AY", "HR", "AR", *COUNTS)
"""Half-time goals, shots, shots on target, fouls, corners, cards; how many books an average is of."""

BOOKS = {
    "1XB": "1xbet",
    "B365": "bet365",
    "BF": "betfair_sportsbook",
    "BFD": "betfred",
    "BFE": "betfair_ex",
    "BMGM": "betmgm",
    "BS": "bluesquare",
    "BV": "betvictor",
    "BW": "bwin",
    "CL": "coral",
    "GB": "gamebookers",
    "IW": "interwetten",
    "LB": "ladbrokes",
    "P": "pinnacle",
    "PS": "pinnacle",
    "SB": "sportingbet",
    "SJ": "stanjames",
    "SO": "sportingodds",
    "SY": "stanleybet",
    "VC": "vcbet",
    "WH": "williamhill",
}
AGGREGATES = ("Avg", "Max", "BbAv", "BbMx")
"""Not books: the average and the best of several."""


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """One price column.

    Parameters
    ----------
    name : str
        As ``MatchRow.odds`` has it, whatever the file calls it.
    code : str
        The bookmaker's.
    market : str
        ``1x2``, ``ou:2.5`` or ``ah``.
    """

    name: str
    code: str
    closing: bool
    market: str
    outcome: str


def price_column(name: str, *, always_closing: bool = False) -> PriceColumn | None:
    """Return what a column holds, or None where it holds no price.

    Parameters
    ----------
    always_closing : bool
        In the files of the further leagues (``Country``, ``League``) unmarked prices are closing prices.
    """
    found = _PRICE.fullmatch(name)
    if found is None or name in STATS or _LINE.fullmatch(name):
        return None
    stem, suffix = found["stem"], found["outcome"]
    closing = stem.endswith("C") and stem not in _BOOKS_IN_C and len(stem) > 1
    code = stem[:-1] if closing else stem
    if code not in BOOKS and code not in AGGREGATES:
        return None
    closing = closing or always_closing
    market, outcome = _OUTCOMES[suffix]
    if code == "P" and market == "1x2":
        code = "PS"
    return PriceColumn(f"{code}{'C' * closing}{suffix}", code, closing, market, outcome)


def line_column(name: str) -> str | None:
    """Return a handicap line's name as ``MatchRow.lines`` has it, or None where the column is none.

    ``AHh`` holds for all books, ``AHCh`` is its close; ``BbAHh`` goes with the Betbrain averages; in older
    files each book has its own, as ``GBAH``.
    """
    return name if name not in COUNTS and _LINE.fullmatch(name) else None


def first_of(header: Sequence[str], *names: str) -> int | None:
    """Return the position of the first of ``names`` that the header has."""
    return next((header.index(name) for name in names if name in header), None)
