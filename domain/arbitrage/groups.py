"""Which markets of an event are settled by the same score.

Markets are held against each other only where one score settles them all, by the same rules: in football all
that the score after regular time settles; elsewhere totals among themselves and handicaps among themselves,
and the winner with the handicaps where overtime counts for both. Tennis has its winner by sets and its
handicap by games, baseball its winner after a shortened game that voids the run line: there they are kept
apart. Cases that cannot happen (a draw where overtime decides) only make it harder to find something.
"""

from types import MappingProxyType

from domain.markets import Market, parse

Selection = tuple[str, str]
"""Market and outcome."""

SCORE, LEAD, TOTAL = "score", "lead", "total"

FOOTBALL_TYPES = frozenset({"1x2", "dc", "dnb", "ah", "ou", "btts", "oe", "ou_home", "ou_away", "cs"})
OVERTIME_COUNTS = frozenset({"icehockey", "hockey", "basketball", "americanfootball"})
"""Sports in which overtime counts for the winner, the handicap and the total alike."""

LONGEST = MappingProxyType({"ah": 6.0, "ou": 12.0, "ou_home": 6.0, "ou_away": 6.0})
"""Football lines beyond these are left out: scores end at 12."""


def group_of(sport: str, market: str) -> str | None:
    """Return what a market is settled by, for the markets of one event to be held against each other.

    Parameters
    ----------
    sport : str
        As in the fixture; empty where it is not known.

    Returns
    -------
    str or None
        ``score``, ``lead`` or ``total``; None: the market stands alone.
    """
    try:
        parsed = parse(market)
    except ValueError:
        return None
    kind = parsed.type.key
    if sport == "soccer":
        return SCORE if kind in FOOTBALL_TYPES and _within(parsed) else None
    if kind == "ah" or (kind == "ml" and sport in OVERTIME_COUNTS):
        return LEAD
    return TOTAL if kind == "ou" else None


def _within(market: Market) -> bool:
    return abs(market.line) <= LONGEST.get(market.type.key, market.line) or not market.type.lined
