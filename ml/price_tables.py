"""Football matches as arrays of prices, whatever the layout of the file they come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from domain.arrays import Array, Mask
from domain.evaluation import Results

AGGREGATES = frozenset({"Avg", "Max", "BbAv", "BbMx", "AvgC", "MaxC"})
"""Not books: the average and the best of several."""
CLOSES = ("PSC", "AvgC", "B365C")
"""Whose closing price stands for the close, the first that a match has."""
_OUTCOMES = "HDA"


class Match(Protocol):
    """What is needed of a match; ``odds`` holds decimal odds by column, ``PSH``, ``PSCH``, ``AvgH``."""

    @property
    def date(self) -> date:
        """The day of play."""
        ...

    @property
    def division(self) -> str:
        """The league."""
        ...

    @property
    def home(self) -> str:
        """The home side."""
        ...

    @property
    def away(self) -> str:
        """The away side."""
        ...

    @property
    def home_goals(self) -> int | None:
        """At full time."""
        ...

    @property
    def away_goals(self) -> int | None:
        """At full time."""
        ...

    @property
    def odds(self) -> Mapping[str, float]:
        """By column."""
        ...


@dataclass(frozen=True)
class PriceTable:
    """1X2 prices of matches, in the order of their dates.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (matches,)
    results : ndarray of int, shape (matches,)
        0 home, 1 draw, 2 away.
    odds : dict of str to ndarray, shape (matches, 3)
        Decimal odds by the files' codes (``PS`` Pinnacle, ``PSC`` its close); NaN where there are not all
        three.
    """

    dates: npt.NDArray[np.datetime64]
    results: Results
    odds: dict[str, Array]

    def __len__(self) -> int:
        """Count the matches."""
        return len(self.results)

    def quoted(self, code: str) -> Mask:
        """Tell which matches have all three prices of ``code``."""
        return np.asarray(~np.isnan(self.odds[code]).any(axis=1))

    def books(self) -> tuple[str, ...]:
        """Return the codes of single books before the close."""
        return tuple(code for code in self.odds if code not in AGGREGATES and not is_closing(code))


def is_closing(code: str) -> bool:
    """Tell whether a code is of closing prices: ``PSC`` is, ``VC`` (a book) is not."""
    return code.endswith("C") and code != "VC"


def price_table(matches: Iterable[Match]) -> PriceTable:
    """Return matches with a result as arrays. A match that comes twice is one, with the prices of both."""
    rows: dict[tuple[date, str, str, str], list[Match]] = {}
    for match in matches:
        if match.home_goals is not None and match.away_goals is not None:
            rows.setdefault((match.date, match.division, match.home, match.away), []).append(match)
    keys = sorted(rows)
    columns: dict[str, Array] = {}
    for place, key in enumerate(keys):
        for match in reversed(rows[key]):
            for name, price in match.odds.items():
                column = columns.get(name)
                if column is None:
                    column = columns[name] = np.full(len(keys), np.nan)
                column[place] = price
    return PriceTable(
        np.array([key[0] for key in keys], dtype="datetime64[D]"),
        np.array([_result(rows[key][0]) for key in keys], dtype=np.int64),
        _by_code(columns),
    )


def _result(match: Match) -> int:
    home, away = match.home_goals or 0, match.away_goals or 0
    return 0 if home > away else 2 if home < away else 1


def _by_code(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Put the three columns of a code together: PSH, PSD, PSA; PAHH and P>2.5 are of other markets."""
    codes = sorted({name[:-1] for name in columns if name[-1] in _OUTCOMES and not name[:-1].endswith("AH")})
    odds = {}
    for code in codes:
        if all(code + outcome in columns for outcome in _OUTCOMES):
            prices = np.stack([columns[code + outcome] for outcome in _OUTCOMES], axis=1)
            prices[np.isnan(prices).any(axis=1)] = np.nan
            if not np.isnan(prices).all():
                odds[code] = prices
    return odds
