"""Each-way selections: half of the stake on winning, half on finishing among the first few."""

from dataclasses import dataclass
from hashlib import blake2b

from domain.book import PRICE_SCALE, payout, price_units
from schemas import Hold

PARTS = 2
LONGEST = 200
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class EachWay:
    """Both parts of an each-way single, or of a leg of an each-way bet.

    Parameters
    ----------
    market, outcome : str
        What is bet on.
    price : float
        Decimal odds of winning.
    place_of : int
        The place part wins 1/``place_of`` of what the win part would.
    places : int
        How many finish in a place.
    """

    market: str
    outcome: str
    price: float
    places: int
    place_of: int
    parts: int = PARTS

    @property
    def place_price(self) -> float:
        """Decimal odds of the place part, to the fourth decimal, rounded up: never less than is paid."""
        gain = price_units(self.price) - PRICE_SCALE
        return (PRICE_SCALE + -(-gain // self.place_of)) / PRICE_SCALE

    @property
    def average(self) -> float:
        """What a unit of the whole stake returns if the selection wins."""
        gain = price_units(self.price) - PRICE_SCALE
        return 1.0 + gain * (self.place_of + 1) / (2 * self.place_of * PRICE_SCALE)

    def holds(self, stake: int) -> tuple[Hold, Hold]:
        """Return what the book holds for a stake: its halves, the win part first.

        Several outcomes finish in a place, so that they cannot share a market, of which one outcome wins.
        Each has one of its own; what is held for all is never less than the few that pay.
        """
        half = stake // PARTS
        return self._win(half), self._place(half)

    def holds_of(self, win: int, place: int) -> list[Hold]:
        """Return what the book holds for parts that differ, as they do when other legs have been graded."""
        return [hold for hold in (self._win(win), self._place(place)) if hold.stake > 0]

    def pending(self, stake: int) -> list[Hold]:
        """Return what it holds while the bet is undecided: what the parts would win, but not their stakes."""
        gains = [(hold, hold.payout - hold.stake) for hold in self.holds(stake)]
        return [hold.model_copy(update={"stake": 0, "payout": gain}) for hold, gain in gains if gain > 0]

    def _win(self, stake: int) -> Hold:
        return Hold(market=self.market, outcome=self.outcome, stake=stake, payout=payout(stake, self.price))

    def _place(self, stake: int) -> Hold:
        whole = PRICE_SCALE * self.place_of
        placed = stake * (whole + price_units(self.price) - PRICE_SCALE) // whole
        return Hold(market=self.place_market, outcome=self.outcome, stake=stake, payout=placed)

    @property
    def place_market(self) -> str:
        """The name under which the book holds the place part."""
        name = f"{self.market}/place/{self.outcome}"
        if len(name) <= LONGEST:
            return name
        return f"place/{blake2b(name.encode(), digest_size=16).hexdigest()}"

    def pays(self, stake: int) -> int:
        """Return what is paid if the selection wins: both parts, each rounded down to the minor unit."""
        return sum(hold.payout for hold in self.holds(stake))

    def stake_paying(self, most: int) -> int:
        """Return the largest even stake that pays ``most`` at the most."""
        low, high = 0, max(0, most) + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.pays(middle * PARTS) <= most:
                low = middle
            else:
                high = middle
        return low * PARTS
