"""The Odds API's markets under this project's names."""

from collections.abc import Iterable
from typing import NamedTuple

from feeds.account import RowError
from feeds.markets import lined

DRAW = "Draw"
SOCCER = "soccer"


class Selection(NamedTuple):
    """One outcome as the feed has it; ``price`` is decimal, ``point`` the line where there is one."""

    name: str
    price: float
    point: float | None


class Teams(NamedTuple):
    """Who plays; a draw is an outcome of the winner market only where ``draws``."""

    home: str
    away: str
    draws: bool

    def side(self, name: str) -> str:
        """Return ``home`` or ``away``."""
        if name == self.home:
            return "home"
        if name == self.away:
            return "away"
        raise RowError("unknown_outcome")


def market_of(kind: str, selections: Iterable[Selection], teams: Teams) -> tuple[str, dict[str, float]]:
    """Return the market's name and its prices by outcome.

    ``h2h`` is ``1x2`` with home, draw and away, or the two-way ``ml``; ``totals`` is ``ou:<line>`` with over
    and under; ``spreads`` is ``ah:<line of the home side>`` with home and away.

    Raises
    ------
    RowError
        ``unknown_market``, ``unknown_outcome``, ``outcome_twice``, ``missing_outcome``, ``no_line``, or
        ``lines_differ`` (the two sides are not of one line).
    """
    if kind == "h2h":
        return _winner(selections, teams)
    if kind == "totals":
        return _total(selections)
    if kind == "spreads":
        return _handicap(selections, teams)
    raise RowError("unknown_market")


def _winner(selections: Iterable[Selection], teams: Teams) -> tuple[str, dict[str, float]]:
    prices: dict[str, float] = {}
    for name, price, _ in selections:
        _add(prices, "draw" if name == DRAW and teams.draws else teams.side(name), price)
    if teams.draws:
        return "1x2", _all(prices, ("home", "draw", "away"))
    return "ml", _all(prices, ("home", "away"))


def _total(selections: Iterable[Selection]) -> tuple[str, dict[str, float]]:
    prices: dict[str, float] = {}
    lines: dict[str, float | None] = {}
    for name, price, point in selections:
        outcome = name.lower()
        if outcome not in ("over", "under"):
            raise RowError("unknown_outcome")
        _add(prices, outcome, price)
        lines[outcome] = point
    prices = _all(prices, ("over", "under"))
    if lines["over"] != lines["under"]:
        raise RowError("lines_differ")
    return lined("ou", lines["over"]), prices


def _handicap(selections: Iterable[Selection], teams: Teams) -> tuple[str, dict[str, float]]:
    prices: dict[str, float] = {}
    lines: dict[str, float | None] = {}
    for name, price, point in selections:
        outcome = teams.side(name)
        _add(prices, outcome, price)
        lines[outcome] = point if outcome == "home" or point is None else -point
    prices = _all(prices, ("home", "away"))
    if lines["home"] != lines["away"]:
        raise RowError("lines_differ")
    return lined("ah", lines["home"]), prices


def _add(prices: dict[str, float], outcome: str, price: float) -> None:
    if outcome in prices:
        raise RowError("outcome_twice")
    prices[outcome] = price


def _all(prices: dict[str, float], outcomes: tuple[str, ...]) -> dict[str, float]:
    if len(prices) != len(outcomes):
        raise RowError("missing_outcome")
    return {outcome: prices[outcome] for outcome in outcomes}
