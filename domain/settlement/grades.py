"""How a leg came out: its grade, from what is said of the event's result."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from domain.markets import parse
from domain.states.settlement import RULES
from domain.states.space import Space
from schemas import Grade, Result

WON = Grade(win=1, refund=0, of=1)
LOST = Grade(win=0, refund=0, of=1)
VOID = Grade(win=0, refund=1, of=1)
"""Also a push: the stake comes back."""
HALF_WON = Grade(win=1, refund=1, of=2)
HALF_LOST = Grade(win=0, refund=1, of=2)

SAID: Mapping[str, Grade] = MappingProxyType(
    {
        "won": WON,
        "lost": LOST,
        "void": VOID,
        "push": VOID,
        "half_won": HALF_WON,
        "half_lost": HALF_LOST,
    }
)

SETS = frozenset({"sets", "ou_sets", "ah_sets"})
FEWEST_SETS = 2
"""That win a match."""


def grade_of(result: Result, market: str, outcome: str) -> Grade | None:
    """Return a leg's grade, or None while the result does not settle it.

    What the source settles itself goes first, then finishing positions, then the final score.
    """
    if result.status == "rollback":
        return None
    if result.status == "void":
        return VOID
    said = result.settled.get(market, {}).get(outcome)
    if said is not None:
        return _deducted(SAID[said], result, market)
    if market in result.positions:
        return _deducted(_placed(result.positions[market], outcome, 1), result, market)
    if result.status != "final" or result.home_score is None or result.away_score is None:
        return None
    return _by_score(market, outcome, result.home_score, result.away_score)


def place_grade_of(result: Result, market: str, outcome: str, places: int) -> Grade | None:
    """Return the grade of the place part of an each-way leg: to finish among the first ``places``."""
    if result.status == "rollback":
        return None
    said = result.settled.get(market, {}).get(outcome)
    if result.status == "void" or said in ("void", "push"):
        return VOID
    if market not in result.positions:
        return None
    return _deducted(_placed(result.positions[market], outcome, places), result, market)


def _placed(positions: Mapping[str, int], outcome: str, places: int) -> Grade:
    """Return the grade by finishing positions; those who tie share the places that are left for them.

    A dead heat of n for k places is k/n of the stake at the full price, the rest is lost.
    """
    position = positions.get(outcome)
    if position is None or position > places:
        return LOST
    tied = sum(other == position for other in positions.values())
    left = min(places - position + 1, tied)
    return WON if left == tied else Grade(win=left, refund=0, of=tied)


def _deducted(grade: Grade, result: Result, market: str) -> Grade:
    percent = result.deductions.get(market, 0)
    return grade.model_copy(update={"deduction": percent}) if percent and grade.win else grade


def _by_score(market: str, outcome: str, home: int, away: int) -> Grade | None:
    """Return the grade by the same rules that price the market from its score states."""
    try:
        parsed = parse(market)
        if parsed.type.outcomes and outcome not in parsed.type.outcomes:
            return None
        if parsed.type.key in SETS and max(home, away) < FEWEST_SETS:
            return VOID  # given up before it was decided
        score = Space("score", np.array([float(home)]), np.array([float(away)]))
        win, refund = RULES[parsed.type.key](score, parsed.line, outcome)
    except (KeyError, ValueError):
        return None
    # shares are halves and quarters, which floats hold exactly
    won, back = Fraction(float(win[0])), Fraction(float(refund[0]))
    of = max(won.denominator, back.denominator)
    return Grade(win=int(won * of), refund=int(back * of), of=of)
