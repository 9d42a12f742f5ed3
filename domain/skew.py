"""Moving probabilities away from the book's losses.

Constant absolute risk aversion g prices an outcome at p exp(-g W) / sum p exp(-g W), W being the book's
profit there: the quote at which one more small bet leaves the operator as well off as none.
"""

from collections.abc import Sequence
from math import exp, fsum, isfinite

MAX_MOVE = 0.05
MIN_KEPT = 0.1
"""No outcome falls below this share of its probability: its price would run away."""


def skewed(
    probabilities: Sequence[float],
    profits: Sequence[float],
    risk_aversion: float,
    max_move: float = MAX_MOVE,
) -> list[float]:
    """Return probabilities tilted towards the outcomes where the book loses.

    Parameters
    ----------
    probabilities : sequence of float
        By outcome; zeros stay zero, the sum is kept.
    profits : sequence of float
        What the book wins if the outcome comes, minor units; negative is a loss.
    risk_aversion : float
        Per minor unit, 0 or more; 1 / risk_aversion is the sum that matters.
    max_move : float
        The most by which the probability of any set of outcomes moves. Beyond it, or where an outcome would
        fall below a tenth of its probability, the tilt is mixed with the untilted probabilities: the
        direction is kept, the distance is bounded.

    Raises
    ------
    ValueError
        For lengths that differ, a negative risk aversion, or figures that are not finite.
    """
    if len(probabilities) != len(profits):
        raise ValueError(f"{len(probabilities)} probabilities and {len(profits)} profits")
    if not (risk_aversion >= 0.0 and isfinite(risk_aversion) and all(map(isfinite, profits))):
        raise ValueError("risk aversion must be 0 or more, and all profits finite")
    if risk_aversion == 0.0:
        return list(probabilities)
    least = min(profit for p, profit in zip(probabilities, profits, strict=True) if p > 0.0)
    weights = [
        p * exp(-risk_aversion * (profit - least)) if p > 0.0 else 0.0
        for p, profit in zip(probabilities, profits, strict=True)
    ]
    scale = fsum(probabilities) / fsum(weights)
    tilted = [weight * scale for weight in weights]
    moves = [new - old for new, old in zip(tilted, probabilities, strict=True)]
    distance = fsum([move for move in moves if move > 0.0])
    share = 1.0 if distance <= max_move else max_move / distance
    for move, old in zip(moves, probabilities, strict=True):
        if old + share * move < MIN_KEPT * old:
            share = (1.0 - MIN_KEPT) * old / -move
    return [old + share * move for old, move in zip(probabilities, moves, strict=True)]
