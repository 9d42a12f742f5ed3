"""What a bet on several events means to the book of each."""

from collections.abc import Sequence

from domain.bets.kinds import Line, lines_of
from domain.book import payout, price_units
from domain.settlement.payouts import Ratio, factor
from schemas import Grade, Hold


def conditional_stakes(
    kind: str, stake: int, prices: Sequence[float], grades: Sequence[Grade | None]
) -> list[int]:
    """Return what a bet stakes on each of its open legs, given those that are graded; minor units.

    A line carries its stake times the returns of its graded legs to each open one, where it works like a
    single of that stake. The other open legs count as fair bets at their prices: their price times their
    probability is one. The book's true expectation is better by its margin, so this errs on the safe side. A
    line with a lost leg carries nothing; a graded leg carries nothing.
    """
    lines = lines_of(kind, len(prices))
    return _carried(lines, stake // len(lines), _returns(prices, grades))


def conditional_places(
    kind: str,
    stake: int,
    prices: Sequence[float],
    places: Sequence[Grade | None],
    place_of: Sequence[int],
) -> list[int]:
    """Return what the place lines of an each-way bet stake on each open leg, as ``conditional_stakes``.

    Parameters
    ----------
    stake : int
        Of all place lines together: half of the bet's.
    places : sequence of Grade or None
        How the legs' place parts came out.
    place_of : sequence of int
        They win 1/``place_of`` of what the win parts would.
    """
    lines = lines_of(kind, len(prices))
    return _carried(lines, stake // len(lines), _returns(prices, places, place_of))


def _returns(
    prices: Sequence[float], grades: Sequence[Grade | None], place_of: Sequence[int] = ()
) -> list[Ratio | None]:
    divisors = place_of or [1] * len(prices)
    return [
        None if grade is None else factor(price_units(price), grade, of)
        for price, grade, of in zip(prices, grades, divisors, strict=True)
    ]


def _carried(lines: Sequence[Line], unit: int, returns: Sequence[Ratio | None]) -> list[int]:
    carried = [0] * len(returns)
    for line in lines:
        over, under = unit, 1
        for leg in line:
            found = returns[leg]
            if found is not None:
                over *= found[0]
                under *= found[1]
        for leg in line:
            if returns[leg] is None:
                carried[leg] += over // under
    return carried


def pending_of(market: str, outcome: str, stake: int, price: float) -> list[Hold]:
    """Return what a book holds for a leg while its bet is undecided: what it would win, but not its stake.

    Were the stake counted, another bet might be taken in its shelter and stand beyond the limit when this one
    is released.
    """
    gain = payout(stake, price) - stake
    return [Hold(market=market, outcome=outcome, stake=0, payout=gain)] if gain > 0 else []


def holds_of(market: str, outcome: str, stake: int, price: float) -> list[Hold]:
    """Return what a book holds for a leg that carries ``stake``; none where that is nothing."""
    if stake <= 0:
        return []
    return [Hold(market=market, outcome=outcome, stake=stake, payout=payout(stake, price))]
