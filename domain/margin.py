"""From probabilities to prices that carry a margin: the de-vig formulas read backwards."""

from collections.abc import Callable, Sequence
from math import sqrt
from types import MappingProxyType

from domain.devig.power import power_one
from domain.ladder import Ladder

MAX_INVERSE = 1.0 / 1.001
"""No formula may ask for a shorter price than 1.001; the other outcomes then bear the rest of the margin."""
STEPS = 60


def offer(
    probabilities: Sequence[float],
    overround: float,
    method: str = "power",
    ladder: Ladder | None = None,
) -> list[float]:
    """Return decimal odds whose inverses sum to ``overround`` times the sum of the probabilities.

    Parameters
    ----------
    probabilities : sequence of float
        In (0, 1); they sum to the number of winners.
    overround : float
        1.05 is a margin of 5%.
    method : str
        A key of ``MARGINS``: ``power`` (more on long shots), ``additive``, ``shin``, ``multiplicative``.
    ladder : Ladder, optional
        Rounds each price down to it, in the operator's favour; the realised overround is then at least
        ``overround``, save where a price had to be raised to the ladder's lowest.

    Raises
    ------
    ValueError
        For a probability outside (0, 1), an unknown method, or an overround that no prices above 1 reach.
    """
    if method not in MARGINS:
        raise ValueError(f"unknown margin method {method!r}: one of {', '.join(MARGINS)}")
    for p in probabilities:
        if not 0.0 < p < 1.0:
            raise ValueError(f"a probability to be offered lies between 0 and 1, not {p}")
    target = overround * sum(probabilities)
    if not 0.0 < target < len(probabilities) * MAX_INVERSE:
        raise ValueError(f"no prices of {len(probabilities)} outcomes have an overround of {overround}")
    prices = [1.0 / q for q in _capped(MARGINS[method](probabilities, target), target)]
    return prices if ladder is None else [ladder.round_down(price) for price in prices]


def realised_overround(prices: Sequence[float]) -> float:
    """Return the sum of the inverse prices."""
    return sum([1.0 / price for price in prices])


def _power(probabilities: Sequence[float], target: float) -> list[float]:
    return power_one([1.0 / p for p in probabilities], target)


def _multiplicative(probabilities: Sequence[float], target: float) -> list[float]:
    scale = target / sum(probabilities)
    return [p * scale for p in probabilities]


def _additive(probabilities: Sequence[float], target: float) -> list[float]:
    share = (target - sum(probabilities)) / len(probabilities)
    return [p + share for p in probabilities]


def _shin(probabilities: Sequence[float], target: float) -> list[float]:
    """Return q = sqrt(B (z p + (1 - z) p^2)), with z such that the q sum to B.

    An overround that no z reaches (it needs B <= (sum sqrt p)^2) is made with z = 1 and scaled.
    """
    winners = sum(probabilities)
    shares = [p / winners for p in probabilities]
    wanted = sqrt(target / winners)
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        z = 0.5 * (low + high)
        if sum([sqrt(z * p + (1.0 - z) * p * p) for p in shares]) < wanted:
            low = z
        else:
            high = z
    terms = [sqrt(high * p + (1.0 - high) * p * p) for p in shares]
    scale = target / sum(terms)
    return [term * scale for term in terms]


def _capped(q: list[float], target: float) -> list[float]:
    """Keep inverse prices within the cap and let the others make up the sum, in proportion."""
    for _ in range(len(q)):
        if max(q) <= MAX_INVERSE:
            break
        held = sum([MAX_INVERSE for x in q if x >= MAX_INVERSE])
        scale = (target - held) / sum([x for x in q if x < MAX_INVERSE])
        q = [MAX_INVERSE if x >= MAX_INVERSE else x * scale for x in q]
    return q


MARGINS = MappingProxyType[str, Callable[[Sequence[float], float], list[float]]](
    {"power": _power, "additive": _additive, "shin": _shin, "multiplicative": _multiplicative}
)
