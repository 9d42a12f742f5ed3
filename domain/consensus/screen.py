"""Which books cannot be right, seen from where the others stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

from domain.consensus.config import ConsensusConfig
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
    fair_then : list of sequence of float
        See ``BookQuote``; ``remembered`` tells whether any is there.
    """

    books: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    fair_then: list[Sequence[float]] = field(default_factory=list)
    remembered: bool = False


def screen(standing: Standing, config: ConsensusConfig) -> dict[str, str]:
    """Return why books are not to count, by book: ``swapped``, ``frozen`` or ``outlier``.

    The centre is the median of the log-odds weighted by the root of sharpness; of three books or more none
    holds half of that weight, so that the sharpest is not the median by itself.
    """
    columns = list(zip(*standing.views, strict=True))
    if not standing.remembered and _agree(columns, config.tolerance):
        return {}
    weights = _centring(standing)
    centre = [weighted_median(column, weights) for column in columns]
    scales = [scale_at(x) for x in centre]
    reasons = {}
    for i in sorted(_doubtful(columns, centre, scales, config.tolerance, standing)):
        sharp = standing.sharpness[i] >= config.sharp_from
        reason = _fault(standing.views[i], sharp, standing.fair_then[i], centre, scales, config)
        if reason is not None:
            reasons[standing.books[i]] = reason
    return reasons


def _centring(standing: Standing) -> list[float]:
    weights = [w / sqrt(sharp) for w, sharp in zip(standing.weights, standing.sharpness, strict=True)]
    if len(weights) > 2:
        most = MOST_OF_OTHERS * (sum(weights) - max(weights))
        weights = [min(weight, most) for weight in weights]
    return weights


def _doubtful(
    columns: Sequence[Sequence[float]],
    centre: Sequence[float],
    scales: Sequence[float],
    tolerance: float,
    standing: Standing,
) -> set[int]:
    """Return the places of the books that stand off in some outcome, or whose past is known."""
    places = {i for i, then in enumerate(standing.fair_then) if then} if standing.remembered else set()
    for column, middle, scale in zip(columns, centre, scales, strict=True):
        low, high = middle - tolerance / scale, middle + tolerance / scale
        if min(column) < low or max(column) > high:
            places.update([i for i, x in enumerate(column) if not low <= x <= high])
    return places


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
    sharp: bool,
    fair_then: Sequence[float],
    centre: Sequence[float],
    scales: Sequence[float],
    config: ConsensusConfig,
) -> str | None:
    off = departure(view, centre, scales)
    if len(centre) <= 3 and off > config.tolerance:
        turned = departure(view[::-1], centre, scales)
        if turned < config.tolerance and turned < off / 3.0:
            return "swapped"
    if fair_then:
        moved = departure(log_odds(fair_then), centre, scales)
        if moved > config.frozen_move and off > 0.5 * moved:
            return "frozen"
    return "outlier" if off > (config.sharp_tolerance if sharp else config.tolerance) else None
