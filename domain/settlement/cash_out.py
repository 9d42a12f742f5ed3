"""What a bet is worth before it is settled, and what is offered for it."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.bets.kinds import kind_of, lines_of
from domain.book import PRICE_SCALE, price_units
from domain.settlement.payouts import factor
from schemas import Grade


class OpenLeg(NamedTuple):
    """A leg as it was taken, and how it stands.

    Parameters
    ----------
    price : float
        Decimal odds.
    grade : Grade or None
        How it came out; None while it is open.
    probability : float or None
        The inverse of its fair price now; None where nobody knows, or once it is graded.
    """

    price: float
    grade: Grade | None
    probability: float | None


def fair_value(kind: str, stake: int, legs: Sequence[OpenLeg]) -> float | None:
    """Return what a bet is expected to pay, minor units; None where an open leg has no probability.

    Legs on different events are independent, so a line is worth its stake times what its graded legs return
    times price x probability of its open ones. A line with a lost leg is worth nothing, whatever the others
    are.

    Raises
    ------
    ValueError
        For a same-game multiple: its legs are not independent.
    """
    found = kind_of(kind)
    if found is not None and found.same_event:
        raise ValueError("the legs of a same-game multiple are not independent")
    lines = lines_of(kind, len(legs))
    returns = [_returns(leg) for leg in legs]
    total = 0.0
    for line in lines:
        worth = stake / len(lines)
        if any(returns[leg] == 0.0 for leg in line):
            continue
        for leg in line:
            each = returns[leg]
            if each is None:
                return None
            worth *= each
        total += worth
    return total


def cash_out(value: float, margin: float, share: float = 1.0) -> int:
    """Return what is offered for ``share`` of a bet that is worth ``value``: less the margin, rounded down.

    Parameters
    ----------
    margin, share : float
        0 to 1 each.
    """
    # 1e-6 of a minor unit is float rounding
    return int(value * (1.0 - margin) * share + 1e-6)


def _returns(leg: OpenLeg) -> float | None:
    if leg.grade is not None:
        more, less = factor(price_units(leg.price), leg.grade)
        return more / less
    if leg.probability is None:
        return None
    return price_units(leg.price) / PRICE_SCALE * leg.probability
