"""What a bet on several events means to the book of each."""

from collections.abc import Sequence

from domain.bets.kinds import lines_of
from domain.book import payout, price_units
from domain.settlement.payouts import factor
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
    unit = stake // len(lines)
    returns = [
        None if grade is None else factor(price_units(price), grade)
        for price, grade in zip(prices, grades, strict=True)
    ]
    carried = [0] * len(prices)
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
