"""The bettors themselves: accounts, drawn from their classes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from domain.population.classes import HABITS_SD, BettorClass

HABITS = (1, 100, 500, 1_000)
"""What stakes are rounded to, minor units."""

SECOND_DEVICE, THIRD_DEVICE = 0.5, 0.15
"""The share of people who bet from a second device, and of those from a third; whatever their class."""

OTHER_ADDRESSES = 10
"""How many addresses one has beside the usual one."""


@dataclass(frozen=True, slots=True)
class Bettor:
    """One account.

    Parameters
    ----------
    name : str
        Says nothing of the class.
    kind : BettorClass
        The label.
    stake : float
        Median of its stakes, minor units.
    round_to : int
        Its stakes are multiples of this.
    promotion_share : float
        Share of its bets that use a promotion.
    account_days : float
        Age of the account at the start.
    devices : tuple of str
        What it bets from; the accounts of a ring share some.
    roams : float
        The share of its bets that come from another address than its usual one.
    ring : str or None
        Names its ring; None for who bets alone.
    """

    name: str
    operator: str
    kind: BettorClass
    stake: float
    round_to: int
    promotion_share: float
    account_days: float
    devices: tuple[str, ...]
    roams: float
    ring: str | None

    def comes_from(self, rng: Random) -> tuple[str, str]:
        """Return the device and the address of one bet."""
        usual = f"a{self.name[1:]}"
        other = f"{usual}.{int(rng.random() * OTHER_ADDRESSES)}"
        return rng.choice(self.devices), other if rng.random() < self.roams else usual


@dataclass(frozen=True, slots=True)
class Unit:
    """Who decides together: one bettor, or the accounts of a ring, the first of which leads."""

    kind: BettorClass
    members: tuple[Bettor, ...]


def units(
    mixture: Mapping[str, int], classes: Mapping[str, BettorClass], operators: Sequence[str], rng: Random
) -> Iterator[Unit]:
    """Yield the units of a mixture; names say nothing of the class, a unit's accounts share an operator."""
    kinds = [classes[name] for name, count in mixture.items() for _ in range(count)]
    names = [f"b{i:06d}" for i in range(sum(kind.ring for kind in kinds))]
    rng.shuffle(names)
    for kind in kinds:
        own = [names.pop() for _ in range(kind.ring)]
        operator = operators[int(rng.random() * len(operators))]
        ring = f"r{own[0][1:]}" if kind.ring > 1 else None
        yield Unit(kind, tuple(_bettor(name, operator, kind, ring, rng) for name in own))


def _bettor(name: str, operator: str, kind: BettorClass, ring: str | None, rng: Random) -> Bettor:
    def own(of_class: float) -> float:
        return of_class * exp(rng.gauss(0.0, HABITS_SD))

    device = f"d{name[1:]}"
    devices = [device]
    if rng.random() < SECOND_DEVICE:
        devices.append(f"{device}b")
        if rng.random() < THIRD_DEVICE:
            devices.append(f"{device}c")
    if ring is not None and rng.random() < 0.5:
        devices.append(f"d{ring[1:]}x")
    return Bettor(
        name,
        operator,
        kind,
        own(kind.stake),
        kind.round_to if rng.random() < 0.5 else rng.choice(HABITS),
        min(1.0, own(kind.promotion_share)),
        own(kind.account_days),
        tuple(devices),
        min(1.0, own(kind.roams)),
        ring,
    )
