"""Price ladders: the prices that may be shown, and the one below any other price."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from types import MappingProxyType

SCALE = 10_000
"""Rungs are held as whole ten-thousandths, so that a rung is the same float however it is reached."""
SLACK = 1e-9
"""A price this close below a rung, relatively, stands on it: 2.4999999999 is 2.5 after a division."""


@dataclass(frozen=True)
class Ladder:
    """Bands of equal steps.

    Parameters
    ----------
    bands : sequence of (float, float)
        Where a band starts and its step, ascending; the first start is the lowest price, above 1.
    highest : float
        The last price.
    """

    bands: Sequence[tuple[float, float]]
    highest: float

    def __post_init__(self) -> None:
        starts, steps = self._starts, self._steps
        if not starts or starts[0] <= SCALE or min(steps) < 1:
            raise ValueError("a ladder starts above 1 and has steps of at least 0.0001")
        ends = (*starts[1:], self._end)
        for start, step, end in zip(starts, steps, ends, strict=True):
            if end <= start or (end - start) % step:
                raise ValueError(f"the band from {start / SCALE} does not end on a step at {end / SCALE}")

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(round(start * SCALE) for start, _ in self.bands)

    @cached_property
    def _steps(self) -> tuple[int, ...]:
        return tuple(round(step * SCALE) for _, step in self.bands)

    @cached_property
    def _end(self) -> int:
        return round(self.highest * SCALE)

    @cached_property
    def _firsts(self) -> tuple[int, ...]:
        """Number of the first rung of each band."""
        firsts, count = [], 0
        for start, step, end in zip(self._starts, self._steps, (*self._starts[1:], self._end), strict=True):
            firsts.append(count)
            count += (end - start) // step
        return tuple(firsts)

    @property
    def lowest(self) -> float:
        """The lowest price."""
        return self._starts[0] / SCALE

    def __len__(self) -> int:
        """Count the rungs."""
        return self.tick(self.highest) + 1

    def round_down(self, price: float) -> float:
        """Return the highest rung not above ``price``: the operator keeps the difference.

        Below the lowest rung it is the lowest rung, which is then above ``price``: a caller that must not
        offer that compares with ``lowest`` first.

        Raises
        ------
        ValueError
            For a price that is not a finite number.
        """
        return self._at(self._floor(price)) / SCALE

    def tick(self, price: float) -> int:
        """Return the number of the rung that ``round_down`` gives, from 0."""
        rung = self._at(self._floor(price))
        band = bisect_right(self._starts, rung) - 1
        return self._firsts[band] + (rung - self._starts[band]) // self._steps[band]

    def price(self, tick: int) -> float:
        """Return the price of a rung by its number.

        Raises
        ------
        ValueError
            Where there is no such rung.
        """
        band = bisect_right(self._firsts, tick) - 1
        if band >= 0:
            rung = self._starts[band] + (tick - self._firsts[band]) * self._steps[band]
            if rung <= self._end:
                return rung / SCALE
        raise ValueError(f"the ladder has no tick {tick}")

    def _floor(self, price: float) -> int:
        if not isfinite(price):
            raise ValueError(f"not a price: {price}")
        return int(price * SCALE * (1.0 + SLACK))

    def _at(self, scaled: int) -> int:
        starts = self._starts
        if scaled <= starts[0]:
            return starts[0]
        if scaled >= self._end:
            return self._end
        band = bisect_right(starts, scaled) - 1
        return scaled - (scaled - starts[band]) % self._steps[band]


TWO_DECIMALS = Ladder(((1.01, 0.01),), 1_000_000.0)
"""1.01, 1.02, ... as most bookmakers show prices."""

BETFAIR = Ladder(
    (
        (1.01, 0.01),
        (2.0, 0.02),
        (3.0, 0.05),
        (4.0, 0.1),
        (6.0, 0.2),
        (10.0, 0.5),
        (20.0, 1.0),
        (30.0, 2.0),
        (50.0, 5.0),
        (100.0, 10.0),
    ),
    1000.0,
)
"""The 350 price increments of the Betfair Exchange, as its API documentation lists them."""

LADDERS = MappingProxyType({"two_decimals": TWO_DECIMALS, "betfair": BETFAIR})


def round_down(price: float, ladder: Ladder = TWO_DECIMALS) -> float:
    """Return the highest price of ``ladder`` not above ``price``; see ``Ladder.round_down``."""
    return ladder.round_down(price)
