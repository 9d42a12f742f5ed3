"""One market of the exchange as its changes have made it."""

from collections.abc import Iterable, Mapping
from typing import Any

Definition = Mapping[str, Any]
Change = Mapping[str, Any]

OPEN, SUSPENDED, CLOSED = "OPEN", "SUSPENDED", "CLOSED"
ACTIVE = "ACTIVE"
BACK = ("bdatb", "batb", "atb")
LAY = ("bdatl", "batl", "atl")
"""Ladders of one side, the one that traders see (with what cross-matching adds) first."""
_FULL = ("atb", "atl")


class Ladder:
    """Prices on offer on one side of a runner.

    Parameters
    ----------
    by_level : bool
        Entries are ``[level, price, size]``, level 0 being the best; else ``[price, size]``.
    """

    def __init__(self, *, by_level: bool) -> None:
        self.by_level = by_level
        self.entries: dict[float, float] = {}

    def apply(self, changes: Iterable[list[float]]) -> None:
        """Take changes in; a size of 0 removes an entry."""
        for change in changes:
            place, price, size = change if self.by_level else (change[0], *change)
            if size > 0:
                self.entries[place] = float(price)
            else:
                self.entries.pop(place, None)

    def best(self, *, back: bool) -> float | None:
        """Return the best price to back (the highest) or to lay (the lowest), or None where there is none."""
        if not self.entries:
            return None
        return max(self.entries.values()) if back else min(self.entries.values())


class Runner:
    """One selection: its ladders and the price last traded."""

    def __init__(self) -> None:
        self.ladders: dict[str, Ladder] = {}
        self.last_traded: float | None = None

    def apply(self, change: Change) -> None:
        """Take one runner change in."""
        for name in (*BACK, *LAY):
            if name in change:
                ladder = self.ladders.get(name)
                if ladder is None:
                    ladder = self.ladders[name] = Ladder(by_level=name not in _FULL)
                ladder.apply(change[name])
        if "ltp" in change:
            self.last_traded = change["ltp"] and float(change["ltp"])

    def best(self, names: tuple[str, ...]) -> float | None:
        """Return the best price of a side, from the first of its ladders that the stream sends."""
        for name in names:
            if name in self.ladders:
                return self.ladders[name].best(back=names is BACK)
        return None


class Market:
    """One market: its definition and its runners."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.runners: dict[int, Runner] = {}

    def apply(self, change: Change) -> None:
        """Take one market change in; with ``img`` it replaces all that was known."""
        if change.get("img"):
            self.runners.clear()
        self.definition = change.get("marketDefinition", self.definition)
        for part in change.get("rc", ()):
            self.runners.setdefault(part["id"], Runner()).apply(part)

    @property
    def status(self) -> str:
        """``INACTIVE``, ``OPEN``, ``SUSPENDED`` or ``CLOSED``."""
        return str(self.definition["status"])

    @property
    def in_play(self) -> bool:
        """Whether bets are taken while it is played."""
        return bool(self.definition.get("inPlay"))

    def active(self) -> list[int]:
        """Return the selections that can still be backed."""
        return [runner["id"] for runner in self.definition["runners"] if runner["status"] == ACTIVE]

    def back_prices(self) -> dict[int, float | None]:
        """Return the best price to back of each active selection."""
        return {id_: self.runners[id_].best(BACK) if id_ in self.runners else None for id_ in self.active()}
