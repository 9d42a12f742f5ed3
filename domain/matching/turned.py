"""The same bets on a match that another source has with home and away the other way round."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from domain.markets import parse

V = TypeVar("V")

_MARKETS = MappingProxyType({"ou_home": "ou_away", "ou_away": "ou_home"})
_OUTCOMES = MappingProxyType(
    {
        "home": "away",
        "away": "home",
        "home_draw": "draw_away",
        "draw_away": "home_draw",
        "home_other": "away_other",
        "away_other": "home_other",
    }
)


def turned_market(market: str) -> str:
    """Return the name of the market seen from the other side: ``ah:-0.5`` becomes ``ah:0.5``."""
    try:
        parsed = parse(market)
    except ValueError:
        return market
    kind = parsed.type.key
    if parsed.type.signed:
        return f"{kind}:{0.0 - parsed.line:g}"
    if kind in _MARKETS:
        return f"{_MARKETS[kind]}:{parsed.line:g}"
    return market


def turned_outcome(market: str, outcome: str) -> str:
    """Return the name of an outcome seen from the other side."""
    if market in ("cs", "sets") and "-" in outcome:
        home, _, away = outcome.partition("-")
        return f"{away}-{home}"
    return _OUTCOMES.get(outcome, outcome)


def turned_outcomes(market: str, by_outcome: Mapping[str, V]) -> dict[str, V]:
    """Return what is said of a market's outcomes, seen from the other side."""
    return {turned_outcome(market, outcome): value for outcome, value in by_outcome.items()}
