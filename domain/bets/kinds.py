"""Kinds of bets: which combinations of its legs a bet stakes on.

A line is one combination: it wins when all its legs do, at the product of their prices. A bet stakes the same
on each of its lines.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType

MOST_LEGS = 12

Line = tuple[int, ...]
"""Indexes into the legs of a bet, ascending."""


@dataclass(frozen=True, slots=True)
class BetKind:
    """One kind of bet.

    Parameters
    ----------
    least, most : int
        How many legs it may have.
    sizes : tuple of int
        How many legs each of its lines has, every combination of that size being a line; empty: one line of
        all legs.
    same_event : bool
        Its legs are on one event and are priced together; else each is on an event of its own.
    """

    name: str
    least: int
    most: int
    sizes: tuple[int, ...] = ()
    same_event: bool = False

    def lines(self, legs: int) -> tuple[Line, ...]:
        """Return the lines of a bet with so many legs: the smallest first, in the order of the legs."""
        sizes = self.sizes or (legs,)
        return tuple(line for size in sizes for line in combinations(range(legs), size))


def _full(name: str, legs: int, *, singles: bool = False) -> BetKind:
    return BetKind(name, legs, legs, tuple(range(1 if singles else 2, legs + 1)))


def _registry(kinds: Iterable[BetKind]) -> MappingProxyType[str, BetKind]:
    return MappingProxyType({kind.name: kind for kind in kinds})


SINGLE = BetKind("single", 1, 1)
MULTIPLE = BetKind("multiple", 2, MOST_LEGS)
SAME_GAME = BetKind("same_game", 2, MOST_LEGS, same_event=True)

KINDS = _registry(
    (
        SINGLE,
        MULTIPLE,
        SAME_GAME,
        _full("trixie", 3),
        _full("patent", 3, singles=True),
        _full("yankee", 4),
        _full("lucky15", 4, singles=True),
        _full("canadian", 5),
        _full("lucky31", 5, singles=True),
        _full("heinz", 6),
        _full("lucky63", 6, singles=True),
        _full("super_heinz", 7),
        _full("goliath", 8),
    )
)
"""By name. Beside them there is ``n-of-m``, such as ``2-of-5``: every combination of n of m legs."""

_SOME = re.compile(r"([1-9][0-9]?)-of-([1-9][0-9]?)")


@lru_cache(maxsize=1_000)
def kind_of(name: str) -> BetKind | None:
    """Return a kind by name, or None where there is none such."""
    found = _SOME.fullmatch(name)
    if found is None:
        return KINDS.get(name)
    size, legs = int(found[1]), int(found[2])
    return BetKind(name, legs, legs, (size,)) if size <= legs <= MOST_LEGS else None


@lru_cache(maxsize=1_000)
def lines_of(name: str, legs: int) -> tuple[Line, ...]:
    """Return the lines of a bet.

    Raises
    ------
    ValueError
        For an unknown kind, or one that does not go with so many legs.
    """
    kind = kind_of(name)
    if kind is None:
        raise ValueError(f"unknown kind of bet {name!r}")
    if not kind.least <= legs <= kind.most:
        raise ValueError(f"a {name} has {kind.least} to {kind.most} legs, not {legs}")
    return kind.lines(legs)
