"""Market types: what a market's name says, and the one order of its outcomes."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class MarketType:
    """What all markets of one kind share.

    Parameters
    ----------
    key : str
        The part of a market's name before ``:``.
    outcomes : tuple of str
        In their fixed order; empty where they differ from event to event (correct score, outrights).
    lined : bool
        Whether the name carries a line after ``:``.
    winners : int
        How many outcomes win.
    signed : bool
        Whether the line may be below zero.
    """

    key: str
    outcomes: tuple[str, ...]
    lined: bool = False
    winners: int = 1
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Market:
    """A market's type and line; ``line`` is 0 where the type has none."""

    type: MarketType
    line: float = 0.0

    @property
    def name(self) -> str:
        """The market's name, its line in the shortest form: ``ou:2.5``, ``ah:0``."""
        return f"{self.type.key}:{self.line + 0.0:g}" if self.type.lined else self.type.key


SIDES = ("home", "away")
TOTAL = ("over", "under")

TYPES = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            MarketType("1x2", ("home", "draw", "away")),
            MarketType("ml", SIDES),
            MarketType("ou", TOTAL, lined=True),
            MarketType("ah", SIDES, lined=True, signed=True),
            MarketType("dnb", SIDES),
            MarketType("dc", ("home_draw", "home_away", "draw_away"), winners=2),
            MarketType("btts", ("yes", "no")),
            MarketType("oe", ("odd", "even")),
            MarketType("ou_home", TOTAL, lined=True),
            MarketType("ou_away", TOTAL, lined=True),
            MarketType("cs", ()),
            MarketType("sets", ()),
            MarketType("ou_sets", TOTAL, lined=True),
            MarketType("ah_sets", SIDES, lined=True, signed=True),
        )
    }
)


@lru_cache(maxsize=10_000)
def parse(name: str) -> Market:
    """Return what a market's name says: ``1x2``, ``ou:2.5``, ``ah:-0.5``.

    Raises
    ------
    ValueError
        For an unknown type, or a line that is missing, superfluous or not a number.
    """
    key, colon, text = name.partition(":")
    kind = TYPES.get(key)
    if kind is None:
        raise ValueError(f"unknown market type {key!r}")
    if bool(colon) != kind.lined:
        raise ValueError(f"market {name!r}: {key} {'needs a' if kind.lined else 'has no'} line")
    if not colon:
        return Market(kind)
    try:
        line = float(text)
    except ValueError:
        line = float("nan")
    if not isfinite(line) or (line < 0 and not kind.signed):
        raise ValueError(f"market {name!r}: {text!r} is not a line")
    return Market(kind, line)


def type_of(name: str) -> str:
    """Return a market's type, also of a market that is not in the registry."""
    return name.partition(":")[0]


def winners_of(name: str) -> int:
    """Return how many outcomes of a market win; 1 where the type is not in the registry."""
    kind = TYPES.get(type_of(name))
    return kind.winners if kind is not None else 1


def outcomes_of(name: str, seen: Iterable[Collection[str]] = ()) -> tuple[str, ...]:
    """Return a market's outcomes in their fixed order.

    Parameters
    ----------
    seen : iterable of collections of str
        The outcomes that each book quotes, needed where the type does not fix them: then it is the set that
        most books quote (the larger, then the first by name among equals), sorted.
    """
    kind = TYPES.get(type_of(name))
    if kind is not None and kind.outcomes:
        return kind.outcomes
    votes = Counter(tuple(sorted(outcomes)) for outcomes in seen if outcomes)
    if not votes:
        return ()
    return min(votes, key=lambda outcomes: (-votes[outcomes], -len(outcomes), outcomes))
