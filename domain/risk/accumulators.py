"""Bets on several events: what they pay by the states of their events, and what they bring to each.

To the book of one open event an accumulator is the single bet that costs it as much on average: what the bet
is paid if the leg wins, times the probability that all other open legs win too. Its stake is

    stake x prod(prices of won legs) x prod(price x probability of the other open legs)

which is the sum that stands on the leg when the other legs are replaced by their means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from domain.arrays import Array


class Leg(NamedTuple):
    """One selection of an accumulator, at decimal odds."""

    event_id: str
    market: str
    outcome: str
    price: float


@dataclass(frozen=True, slots=True)
class Accumulator:
    """A bet that is paid if all its legs win.

    Parameters
    ----------
    stake : int
        Minor units.
    legs : tuple of Leg
        At least one, each on an event of its own.
    """

    stake: int
    legs: tuple[Leg, ...]


class Carried(NamedTuple):
    """What an accumulator brings to one open event: a stake, and what is paid if the leg wins."""

    leg: Leg
    stake: float
    payout: float


def carried(
    bet: Accumulator, probabilities: Mapping[Leg, float], won: Sequence[Leg] = (), lost: Sequence[Leg] = ()
) -> list[Carried]:
    """Return the conditional stake that a bet brings to each event that is open.

    Parameters
    ----------
    probabilities : mapping of Leg to float
        Of the open legs.
    won, lost : sequence of Leg
        Legs that are settled. A bet with a lost leg brings nothing.
    """
    if lost:
        return []
    open_legs = [leg for leg in bet.legs if leg not in won]
    base = bet.stake * prod(leg.price for leg in won)
    means = [leg.price * probabilities[leg] for leg in open_legs]
    found = []
    for place, leg in enumerate(open_legs):
        others = prod(means[:place]) * prod(means[place + 1 :])
        found.append(Carried(leg, base * others, base * others * leg.price))
    return found


class Drawn(NamedTuple):
    """A leg as a simulation needs it.

    Parameters
    ----------
    lottery : int
        Which lottery settles it.
    returns : ndarray, shape (states,)
        What one unit on it returns in each state: price x share that wins + share that is refunded.
    """

    lottery: int
    returns: Array


def returns_of(win: Array, refund: Array, price: float) -> Array:
    """Return what one unit at decimal odds ``price`` returns in each state."""
    return np.asarray(win * price + refund)
