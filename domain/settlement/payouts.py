"""What a bet pays when all its legs are graded, exactly.

The rounding rule: each line (and each part of an each-way line) is paid its stake times the factors of its
legs, a whole number of minor units, the rest of a unit dropped. Nothing is rounded before.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.bets.kinds import kind_of, lines_of
from domain.book import PRICE_SCALE, price_units
from schemas import Grade

Ratio = tuple[int, int]
"""Numerator and denominator, not shortened."""


class Graded(NamedTuple):
    """A leg as it was taken, and how it came out.

    Parameters
    ----------
    price : float
        Decimal odds.
    win : Grade
        Of the selection; of the win part where the bet is each-way.
    place : Grade or None
        Of the place part.
    place_of : int
        The place part pays 1/``place_of`` of the odds.
    """

    price: float
    win: Grade
    place: Grade | None = None
    place_of: int = 1


def factor(units: int, grade: Grade, place_of: int = 1) -> Ratio:
    """Return what a leg returns per unit that runs through it.

    The winning share returns the price, its winnings (price - 1) less the deduction; the refunded share
    returns itself.

    Parameters
    ----------
    units : int
        The price in ten-thousandths.
    place_of : int
        A place part wins 1/``place_of`` of what the win part would; 1 is the win part.
    """
    whole = PRICE_SCALE * 100 * place_of
    gain = (units - PRICE_SCALE) * (100 - grade.deduction)
    return grade.win * (whole + gain) + grade.refund * whole, grade.of * whole


def bet_payout(
    kind: str, stake: int, legs: Sequence[Graded], *, each_way: bool = False, price: float = 0.0
) -> int:
    """Return what a bet pays, stake included, minor units.

    Parameters
    ----------
    stake : int
        Of the whole bet: a multiple of its lines, and of twice as many each-way.
    price : float
        Of a same-game multiple as a whole, whose legs have none of their own. A void leg makes it void,
        unless another has lost.

    Raises
    ------
    ValueError
        For a stake that its lines cannot share equally, or legs that do not go with the kind.
    """
    lines = lines_of(kind, len(legs))
    parts = len(lines) * (2 if each_way else 1)
    unit, rest = divmod(stake, parts)
    if rest:
        raise ValueError(f"{parts} lines cannot share {stake} equally")
    found = kind_of(kind)
    if found is not None and found.same_event:
        return _same_game(stake, [leg.win for leg in legs], price)
    wins = [factor(price_units(leg.price), leg.win) for leg in legs]
    paid = _pay(unit, lines, wins)
    if each_way:
        places = [
            factor(price_units(leg.price), leg.place, leg.place_of) for leg in legs if leg.place is not None
        ]
        if len(places) < len(legs):
            raise ValueError("an each-way bet needs the grade of every place part")
        paid += _pay(unit, lines, places)
    return paid


def _pay(unit: int, lines: Sequence[tuple[int, ...]], factors: Sequence[Ratio]) -> int:
    paid = 0
    for line in lines:
        over, under = unit, 1
        for index in line:
            more, less = factors[index]
            if not more:
                over = 0
                break
            over *= more
            under *= less
        paid += over // under
    return paid


def _same_game(stake: int, grades: Sequence[Grade], price: float) -> int:
    if any(not grade.win and not grade.refund for grade in grades):
        return 0
    if any(grade.refund for grade in grades):
        return stake
    over, under = factor(price_units(price), grades[0])
    return stake * over // under
