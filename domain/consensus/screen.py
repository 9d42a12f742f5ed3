"""Which books cannot be right, seen from where the others stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.consensus.config import ConsensusConfig
from domain.consensus.quote import BookQuote
from domain.consensus.view import View, departure, log_odds, scale_at, weighted_median

MOST_OF_OTHERS = 0.8
"""The most that a book weighs in the median of three or more, as a share of the others together."""


@dataclass(slots=True)
class Standing:
    """The books whose quotes are in order by themselves, column by column.

    Parameters
    ----------
    views : list of View
        Log-odds by outcome.
    sharpness, weights : list of float
        What a book weighs when fresh, and at its age.
    """

    quotes: list[BookQuote] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def screen(standing: Standing, config: ConsensusConfig) -> tuple[dict[str, str], list[float]]:
    """Return why books are not to count, and what the others weigh.

    Returns
    -------
    dict of str to str
        By book: ``swapped``, ``frozen`` or ``outlier``.
    list of float
        The weights, in the order of the books: less than their own for soft books that stand off.
    """
    columns = list(zip(*standing.views, strict=True))
    near = min(config.full_weight, config.tolerance)
    if _agree(columns, near):
        return {}, standing.weights
    weights = _centring(standing.weights)
    centre = [weighted_median(column, weights) for column in columns]
    scales = [scale_at(x) for x in centre]
    reasons: dict[str, str] = {}
    kept = list(standing.weights)
    for i, off in sorted(_standing_off(columns, centre, scales, near).items()):
        sharp = standing.sharpness[i] >= config.sharp_from
        quote = standing.quotes[i]
        reason = _fault(standing.views[i], off, sharp, quote.fair_then, centre, scales, config)
        if reason is not None:
            reasons[quote.book] = reason
        elif not sharp:
            kept[i] *= config.full_weight / off
    return reasons, kept


def _centring(weights: list[float]) -> list[float]:
    """Return weights for the median: of three books or more none holds half, so that none is it by itself."""
    if len(weights) < 3:
        return weights
    largest = max(weights)
    most = MOST_OF_OTHERS * (sum(weights) - largest)
    return weights if largest <= most else [min(weight, most) for weight in weights]


def _standing_off(
    columns: Sequence[Sequence[float]], centre: Sequence[float], scales: Sequence[float], distance: float
) -> dict[int, float]:
    """Return the distances of the books, by place, that stand further off than ``distance``."""
    found: dict[int, float] = {}
    for column, middle, scale in zip(columns, centre, scales, strict=True):
        low, high = middle - distance / scale, middle + distance / scale
        if min(column) < low or max(column) > high:
            for i, x in enumerate(column):
                if not low <= x <= high:
                    found[i] = max(found.get(i, 0.0), abs(x - middle) * scale)
    return found


def _agree(columns: Sequence[Sequence[float]], tolerance: float) -> bool:
    """Tell whether all views lie so close together that none can be far from any centre among them."""
    for column in columns:
        low, high = min(column), max(column)
        nearest = low if low > 0.0 else min(high, 0.0)
        if (high - low) * scale_at(nearest) > tolerance:
            return False
    return True


def _fault(
    view: View,
    off: float,
    sharp: bool,
    fair_then: Sequence[float],
    centre: Sequence[float],
    scales: Sequence[float],
    config: ConsensusConfig,
) -> str | None:
    if len(centre) <= 3 and off > config.tolerance:
        turned = departure(view[::-1], centre, scales)
        if turned < config.tolerance and turned < off / 3.0:
            return "swapped"
    if fair_then:
        moved = departure(log_odds(fair_then), centre, scales)
        if moved > config.frozen_move and off > 0.5 * moved:
            return "frozen"
    return "outlier" if off > (config.sharp_tolerance if sharp else config.tolerance) else None
