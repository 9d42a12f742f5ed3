"""Odds formats: decimal and back, for each way in which the world writes a price.

With b = decimal - 1, the profit on a stake of one: American 100 b from evens up, -100 / b below; fractional b
as a fraction; Hong Kong b; Indonesian b from evens up, -1 / b below; Malay b up to evens, -1 / b above; ticks
count the rungs of the Betfair ladder from 0 (1.01) to 349 (1000).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from types import MappingProxyType

from domain.ladder import BETFAIR

FRACTION = re.compile(r"(\d{1,7})\s*[/-]\s*(\d{1,7})")
EVENS = frozenset({"evens", "even", "evs", "ev", "evn"})
MAX_DENOMINATOR = 100
"""Of a written fraction; 1000/30 and 100/30 are as fine as the trade goes."""


def from_decimal_odds(value: float | str) -> float:
    """Return a decimal price as a float."""
    return _price(_number(value))


def to_decimal_odds(price: float) -> float:
    """Return decimal odds as they are."""
    return _price(price)


def from_american(value: float | str) -> float:
    """Return the decimal odds of +150 or -200; ``EVEN`` is +100."""
    if isinstance(value, str) and value.strip().lower() in EVENS:
        return 2.0
    american = _number(value)
    if american >= 100:
        return _price(1.0 + american / 100.0)
    if american <= -100:
        return _price(1.0 - 100.0 / american)
    raise ValueError(f"no American price lies between -100 and 100: {value}")


def to_american(price: float) -> float:
    """Return +100 and above for evens and longer, below -100 for odds on; not rounded."""
    profit = _price(price) - 1.0
    return 100.0 * profit if profit >= 1.0 else -100.0 / profit


def american_text(price: float) -> str:
    """Return the American price as it is written, to the nearest whole: ``+150``, ``-200``."""
    return f"{round(to_american(price)):+d}"


def from_fractional(value: float | str) -> float:
    """Return the decimal odds of ``5/2``, ``5-2``, ``evens`` or a profit as a number."""
    if isinstance(value, str):
        text = value.strip().lower()
        if text in EVENS:
            return 2.0
        match = FRACTION.fullmatch(text)
        if match and int(match[2]):
            return _price(1.0 + int(match[1]) / int(match[2]))
        if "/" in text:
            raise ValueError(f"not a fraction: {value!r}")
    return _price(1.0 + _number(value))


def to_fractional(price: float) -> str:
    """Return the nearest fraction with a denominator up to 100: ``5/2``, ``1/1``."""
    profit = Fraction(_price(price) - 1.0)
    near = profit.limit_denominator(MAX_DENOMINATOR)
    if not near:  # shorter than 1/200: the fraction below it that still pays
        near = 1 / Fraction(round(1 / profit))
    return f"{near.numerator}/{near.denominator}"


def from_hong_kong(value: float | str) -> float:
    """Return the decimal odds of a profit per unit staked."""
    return _price(1.0 + _number(value))


def to_hong_kong(price: float) -> float:
    """Return the profit per unit staked."""
    return _price(price) - 1.0


def from_indonesian(value: float | str) -> float:
    """Return the decimal odds of a figure at or beyond 1 or -1."""
    figure = _number(value)
    if abs(figure) < 1.0:
        raise ValueError(f"no Indonesian price lies between -1 and 1: {value}")
    return _signed(figure)


def to_indonesian(price: float) -> float:
    """Return b for evens and longer, -1 / b below."""
    profit = _price(price) - 1.0
    return profit if profit >= 1.0 else -1.0 / profit


def from_malay(value: float | str) -> float:
    """Return the decimal odds of a figure within -1 and 1, zero excluded."""
    figure = _number(value)
    if not 0.0 < abs(figure) <= 1.0:
        raise ValueError(f"a Malay price lies within -1 and 1 and is not 0: {value}")
    return _signed(figure)


def to_malay(price: float) -> float:
    """Return b up to evens, -1 / b above."""
    profit = _price(price) - 1.0
    return profit if profit <= 1.0 else -1.0 / profit


def from_ticks(value: float | str) -> float:
    """Return the decimal odds of a rung of the Betfair ladder."""
    tick = _number(value)
    if tick != int(tick):
        raise ValueError(f"a tick is a whole number: {value}")
    return BETFAIR.price(int(tick))


def to_ticks(price: float) -> int:
    """Return the rung of the Betfair ladder at or below ``price``."""
    return BETFAIR.tick(_price(price))


@dataclass(frozen=True, slots=True)
class OddsFormat:
    """One way to write a price: to decimal odds, and from them."""

    read: Callable[[float | str], float]
    write: Callable[[float], float | str]


FORMATS = MappingProxyType(
    {
        "decimal": OddsFormat(from_decimal_odds, to_decimal_odds),
        "american": OddsFormat(from_american, to_american),
        "fractional": OddsFormat(from_fractional, to_fractional),
        "hong_kong": OddsFormat(from_hong_kong, to_hong_kong),
        "indonesian": OddsFormat(from_indonesian, to_indonesian),
        "malay": OddsFormat(from_malay, to_malay),
        "ticks": OddsFormat(from_ticks, to_ticks),
    }
)


def to_decimal(value: float | str, odds_format: str) -> float:
    """Return decimal odds of a price written in ``odds_format``, a key of ``FORMATS``.

    Raises
    ------
    ValueError
        For an unknown format, or what is no price in it: nothing is guessed.
    """
    return _format(odds_format).read(value)


def from_decimal(price: float, odds_format: str) -> float | str:
    """Return decimal odds as ``odds_format`` writes them; fractional is text, the others numbers."""
    return _format(odds_format).write(price)


def _format(name: str) -> OddsFormat:
    try:
        return FORMATS[name]
    except KeyError:
        raise ValueError(f"unknown odds format {name!r}: one of {', '.join(FORMATS)}") from None


def _signed(figure: float) -> float:
    return _price(1.0 + figure if figure > 0 else 1.0 - 1.0 / figure)


def _number(value: float | str) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"not a price: {value}")
    return number


def _price(price: float) -> float:
    if not (price > 1.0 and isfinite(price)):
        raise ValueError(f"decimal odds are finite and above 1, not {price}")
    return float(price)
