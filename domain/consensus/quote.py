"""What goes into a consensus and what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookQuote:
    """What one book shows.

    Parameters
    ----------
    book : str
        Unique within a consensus.
    prices : mapping of str to float
        Decimal odds by outcome; empty when the book has withdrawn the market.
    age_s : float
        Seconds since the book last confirmed the prices, 0 or more.
    fair_then : sequence of float
        The consensus when the book last changed its prices, in the order of the outcomes; empty where that
        is not known. Tells a book that stands still from one that is right.
    copies : str
        Another book that this one is known to repeat; empty for none.
    doubt : str
        Why nothing that its feed shows can be trusted: ``silent`` or ``unconfirmed``; empty where it can.
    """

    book: str
    prices: Mapping[str, float]
    age_s: float
    fair_then: Sequence[float] = ()
    copies: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Consensus:
    """One market's probabilities, and what they rest on.

    Parameters
    ----------
    probabilities : tuple of float
        In the order of the outcomes, summing to the number of winners; empty where there is none.
    shares : dict of str to float
        By book that counted, summing to one, sorted by name.
    rejected : dict of str to str
        By book that did not, sorted by name: ``withdrawn``, ``outcomes`` (missing or extra ones), ``silent``,
        ``unconfirmed``, ``stale``, ``copy``, ``range``, ``overround``, ``excluded``, ``swapped``, ``frozen``
        or ``outlier``.
    shortfall : str or None
        Why there are no probabilities: ``few_books``, or ``mandatory`` (one of those does not count).
    """

    probabilities: tuple[float, ...]
    shares: dict[str, float]
    rejected: dict[str, str]
    shortfall: str | None = None
