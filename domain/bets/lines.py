"""The lines of a bet at its prices: what they pay together, and what each leg carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from domain.bets.kinds import lines_of
from domain.book import PRICE_SCALE, price_units


@dataclass(frozen=True, slots=True)
class Lines:
    """A bet's legs at whole ten-thousandths of their prices.

    Parameters
    ----------
    kind : str
        One that goes with so many legs.
    units : tuple of int
        Prices in ten-thousandths.
    place_of : tuple of int
        Each-way: the place part of each leg wins 1/``place_of`` of what its win part would. Every line is
        then two, one of all win parts and one of all place parts. Empty for other bets.
    """

    kind: str
    units: tuple[int, ...]
    place_of: tuple[int, ...] = ()

    @classmethod
    def of(cls, kind: str, prices: Sequence[float], place_of: Sequence[int] = ()) -> "Lines":
        """Return the lines of a bet at decimal odds."""
        return cls(kind, tuple(map(price_units, prices)), tuple(place_of))

    @property
    def parts(self) -> int:
        """How many lines share the stake."""
        return len(lines_of(self.kind, len(self.units))) * self._ways

    def through(self, leg: int) -> int:
        """Return how many lines a leg is in."""
        return sum(leg in line for line in lines_of(self.kind, len(self.units))) * self._ways

    def pays(self, stake: int) -> int:
        """Return what is paid if every leg wins: each line rounded down to the minor unit."""
        unit = stake // self.parts
        return sum(unit * over // under for over, under in self._returns())

    def stake_paying(self, most: int) -> int:
        """Return the largest stake, a multiple of the lines, that pays ``most`` at the most."""
        low, high = 0, max(0, most) + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.pays(middle * self.parts) <= most:
                low = middle
            else:
                high = middle
        return low * self.parts

    @property
    def price(self) -> float:
        """Decimal odds of the whole bet: what it returns per unit of stake if every leg wins."""
        return float(sum((Fraction(*each) for each in self._returns()), Fraction(0)) / self.parts)

    @property
    def _ways(self) -> int:
        return 2 if self.place_of else 1

    def _returns(self) -> list[tuple[int, int]]:
        wins = [(units, PRICE_SCALE) for units in self.units]
        places = [
            (PRICE_SCALE * (of - 1) + units, PRICE_SCALE * of)
            for units, of in zip(self.units, self.place_of, strict=False)
        ]
        found = []
        for ratios in (wins, places) if places else (wins,):
            for line in lines_of(self.kind, len(self.units)):
                over = under = 1
                for leg in line:
                    over *= ratios[leg][0]
                    under *= ratios[leg][1]
                found.append((over, under))
        return found
