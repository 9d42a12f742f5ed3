"""What the fair-odds model is given: a market at an instant, and matches that are over."""

from collections.abc import Mapping
from dataclasses import dataclass

Probabilities = tuple[float, ...]
"""In the order of the market's outcomes (home, draw, away), summing to one."""

Prices = tuple[float, ...]
"""Decimal odds in the same order."""

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "1x2": ("home", "draw", "away"),
    "ou:2.5": ("over", "under"),
    "ml": ("home", "away"),
}
"""The outcomes of the markets that are corrected, in their order."""


@dataclass(frozen=True, slots=True)
class Market:
    """A market of a match as it stands at an instant.

    Parameters
    ----------
    competition, home, away : str
        As the results name them, else the teams' form is not found.
    starts_at_ms, as_of_ms : int
        Kick-off, and the instant that this is known at, UTC milliseconds.
    consensus : tuple of float
        Probabilities by outcome: what the model corrects.
    books : mapping of str to tuple of float
        Prices by outcome of each book that counts in the consensus.
    name : str
        ``1x2``, ``ou:2.5``, or ``ml``: who wins, where there is no draw.
    """

    competition: str
    home: str
    away: str
    starts_at_ms: int
    as_of_ms: int
    consensus: Probabilities
    books: Mapping[str, Prices]
    name: str = "1x2"


@dataclass(frozen=True, slots=True)
class Closed:
    """A match that is over: all that the form of teams and competitions is made of.

    Parameters
    ----------
    final_at_ms : int
        When the result was known; a market sees only what was final before its own instant.
    opening, closing : tuple of float or None
        The 1X2 consensus when the match was quoted, and the last one before kick-off; None where unknown.
    opening_total, closing_total : tuple of float or None
        The same of over and under 2.5 goals.
    opening_two, closing_two : tuple of float or None
        The same of who wins, where there is no draw.
    home_score, away_score : int
        At full time; sets in tennis.
    """

    competition: str
    home: str
    away: str
    starts_at_ms: int
    final_at_ms: int
    opening: Probabilities | None
    closing: Probabilities | None
    home_score: int
    away_score: int
    opening_total: Probabilities | None = None
    closing_total: Probabilities | None = None
    opening_two: Probabilities | None = None
    closing_two: Probabilities | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A market of a match of a file: what was quoted before, at the close, and what came.

    Parameters
    ----------
    market : Market or None
        None where no book quoted before the close.
    closed : Closed or None
        None where the match has no result.
    close : tuple of float or None
        The closing probabilities that evaluation goes by.
    average : tuple of float or None
        Probabilities of the average price that the file gives, else of the books' mean price.
    """

    market: Market | None
    closed: Closed | None
    close: Probabilities | None
    average: Probabilities | None
