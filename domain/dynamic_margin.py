"""How much to charge on a market now: a margin moved by what the price is worth and what it risks.

    margin = base x sport x competition x time x in play
                  x (1 + distrust (1 - confidence)) x (1 + sharp x share of sharp stakes)
                  x (1 + exposure x worst case / limit)

Each factor is 1 where its setting is left alone, so that a profile without settings charges its base.
"""

from dataclasses import dataclass

from schemas import DynamicMargin, FairPrice, MarginProfile, MarketExposure, OperatorProfile

HOUR_MS = 3_600_000
UNMOVED = DynamicMargin()

FULL_BOOKS = 8
"""From this many counting books on their number takes nothing off a price's confidence."""

AGREEMENT = 0.03
"""Books that differ by this much, |difference of log-odds| x sqrt(p (1 - p)), halve the confidence."""


@dataclass(frozen=True, slots=True)
class MarketRisk:
    """What a margin goes by, beside the settings.

    Parameters
    ----------
    hours : float or None
        To the start; None where it is not known.
    confidence : float
        What the fair price is good for, 0 to 1.
    sharp : float
        Share of the stakes that came from sharps, 0 to 1.
    load : float
        Worst case as a share of its limit, 0 to 1.
    """

    sport: str = ""
    competition: str = ""
    hours: float | None = None
    confidence: float = 1.0
    sharp: float = 0.0
    load: float = 0.0


def confidence_of(books: int, disagreement: float) -> float:
    """Return what a fair price is good for, 0 to 1: its share of a market's limits.

    Parameters
    ----------
    books : int
        How many count in the consensus.
    disagreement : float
        How far they stand apart: ``FairPrice.disagreement``.
    """
    return min(1.0, max(0, books) / FULL_BOOKS) / (1.0 + max(0.0, disagreement) / AGREEMENT)


def sharp_part(stake: int, factor: float) -> int:
    """Return how much of a stake counts as a sharp's: all of it at a stake factor of 0, nothing at 1."""
    return round(stake * (1.0 - min(1.0, max(0.0, factor))))


def goes_by_book(profile: OperatorProfile) -> bool:
    """Tell whether an operator's prices move with its book."""
    return profile.skew > 0 or any(
        margin.dynamic.sharp > 0 or margin.dynamic.exposure > 0 for margin in profile.margins.values()
    )


def risk_of(
    fair: FairPrice,
    book: MarketExposure | None,
    profile: OperatorProfile,
    *,
    sport: str,
    competition: str,
    hours: float | None,
) -> MarketRisk:
    """Return what the margin of one market goes by."""
    sharp = load = 0.0
    if book is not None and book.stakes > 0:
        sharp = min(1.0, book.sharp / book.stakes)
        worst = max(book.payouts.values(), default=0) - book.stakes
        load = min(1.0, max(0, worst) / max(1, profile.market_limit))
    confidence = confidence_of(fair.counting, fair.disagreement)
    return MarketRisk(sport, competition, hours, confidence, sharp, load)


def target_overround(margin: MarginProfile, risk: MarketRisk) -> float:
    """Return the overround to aim at: at least 1, at most what the profile allows."""
    moved = margin.dynamic
    if moved == UNMOVED:
        return margin.overround
    factor = moved.sports.get(risk.sport, 1.0) * moved.competitions.get(risk.competition, 1.0)
    factor *= _of_time(moved, risk.hours)
    if risk.hours is not None and risk.hours <= 0.0:
        factor *= moved.live
    factor *= 1.0 + moved.distrust * (1.0 - risk.confidence)
    factor *= 1.0 + moved.sharp * risk.sharp
    factor *= 1.0 + moved.exposure * risk.load
    return min(max(margin.overround, moved.most), 1.0 + (margin.overround - 1.0) * factor)


def _of_time(moved: DynamicMargin, hours: float | None) -> float:
    if hours is None or not moved.times:
        return 1.0
    within = [step for step in moved.times if hours <= step.within_h]
    if within:
        return min(within, key=lambda step: step.within_h).factor
    return max(moved.times, key=lambda step: step.within_h).factor
