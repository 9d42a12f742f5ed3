"""Moving probabilities away from the book's losses.

Constant absolute risk aversion g prices an outcome at p exp(-g W) / sum p exp(-g W), W being the book's
profit there: the quote at which one more small bet leaves the operator as well off as none.

How well off it is, the certainty equivalent -ln(sum p exp(-g W)) / g, bounds the loss: no state can be
worse than it by more than ln(1 / p_min) / g, since that state alone would make the sum as large. A book that
starts empty and takes no bet that lowers it therefore never loses more than ln(1 / p_min) / g, whatever is
bet and in what order (the bound of the logarithmic market scoring rule, with 1 / g as its liquidity).
"""

from collections.abc import Sequence
from math import exp, expm1, fsum, isfinite, log, log1p

from domain.bisection import largest_within

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


def loss_bound(probabilities: Sequence[float], risk_aversion: float) -> float:
    """Return ln(1 / p_min) / g, minor units: the most that is lost by bets within ``stake_room``."""
    return log(1.0 / min(p for p in probabilities if p > 0.0)) / risk_aversion


def stake_room(
    probabilities: Sequence[float],
    profits: Sequence[float],
    outcome: int,
    price: float,
    risk_aversion: float,
) -> float:
    """Return the largest stake that leaves the operator no worse off, minor units.

    With q the tilted probability of the outcome a stake x at decimal odds o does so while
    ln(1 + q (exp(g o x) - 1)) <= g x. The left side is convex in x: there is one such x beyond 0, and it is 0
    where the price is longer than 1 / q.

    Parameters
    ----------
    profits : sequence of float
        What the book wins by outcome so far, minor units.
    outcome : int
        Its place.
    """
    g = risk_aversion
    least = min(profit for p, profit in zip(probabilities, profits, strict=True) if p > 0.0)
    weights = [p * exp(-g * (profit - least)) for p, profit in zip(probabilities, profits, strict=True)]
    q = weights[outcome] / fsum(weights)
    if q * price >= 1.0 or q <= 0.0:
        return 0.0 if q > 0.0 else float("inf")

    def costs(x: float) -> float:
        return log1p(q * expm1(g * price * x)) - g * x

    # Beyond this ln(q exp(g o x)) alone exceeds g x.
    return largest_within(costs, 0.0, log(1.0 / q) / (g * (price - 1.0)))
