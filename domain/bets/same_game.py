"""Same-game multiples: several legs on one event, priced from its score states."""

from collections.abc import Sequence
from math import prod

from domain.states import Measure

Selection = tuple[str, str]
"""Market and outcome."""

IMPOSSIBLE = 1e-9
"""Legs with a smaller joint probability exclude each other."""


def same_game_price(measure: Measure, legs: Sequence[Selection], overrounds: Sequence[float]) -> float | None:
    """Return the decimal odds of a bet that wins when all legs do, or None where that cannot happen.

    The legs of one event are not independent: the product of their prices is wrong in either direction. The
    price is that of the joint probability, shortened by the margin of every leg as if each had been bought.

    Parameters
    ----------
    overrounds : sequence of float
        Of each leg's market, the sum of 1/price divided by its number of winners: 1.05 is a margin of 5%.

    Raises
    ------
    ValueError
        For a leg that scores do not settle, or that can be refunded.
    """
    joint = measure.combination(legs)
    return 1.0 / (joint * prod(overrounds)) if joint > IMPOSSIBLE else None
