"""What follows from what is believed of a bettor, as the operator has chosen it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import OperatorProfile, StakeFactor, Treatment

ARBITRAGEUR = "arbitrageur"
"""A class, and who takes prices repeatedly that are an arbitrage, whatever the classifier says."""

FLAGGED, SUSPECTED, RING = "flagged", "suspected", "ring"
"""What a treatment may be for, beside the classes of behaviour."""

SUSPECTED_FACTOR = 0.5
"""The most that a suspect gets where the operator has said nothing."""


@dataclass(frozen=True, slots=True)
class Treated:
    """What is done with a bettor's bets."""

    factor: float
    delay_ms: int
    review: bool
    reasons: list[str]


def treat(factor: float, traits: Sequence[str], treatments: Mapping[str, Treatment]) -> Treated:
    """Return what an operator does with a bettor.

    Parameters
    ----------
    factor : float
        The stake factor that follows from the evidence alone.
    traits : sequence of str
        What is believed of the bettor: ``flagged``, ``suspected``, a class, ``ring``.
    treatments : mapping of str to Treatment
        The operator's; where several apply, the least factor, the longest delay, a review if any wants it.
    """
    delay_ms, review, reasons = 0, False, []
    if SUSPECTED in traits and SUSPECTED not in treatments and factor > SUSPECTED_FACTOR:
        factor = SUSPECTED_FACTOR
        reasons.append(f"a suspect gets {SUSPECTED_FACTOR:g} of the limit at most")
    for trait in traits:
        chosen = treatments.get(trait)
        if chosen is None:
            continue
        if chosen.factor is not None and chosen.factor < factor:
            factor = chosen.factor
            reasons.append(f"the operator gives {trait} {chosen.factor:g} of the limit at most")
        delay_ms = max(delay_ms, chosen.delay_ms)
        review = review or chosen.review
    if delay_ms:
        reasons.append(f"the operator has bets wait for {delay_ms / 1000:g} s")
    if review:
        reasons.append("the operator wants each bet looked at")
    return Treated(factor, delay_ms, review, reasons)


def awaits_review(standing: StakeFactor) -> bool:
    """Tell whether a person has to look at a bet, and has not approved it."""
    return standing.review and standing.reviewed != "approved"


def waits_ms(standing: StakeFactor, profile: OperatorProfile) -> int:
    """Return how long a bet waits for what its bettor is: the delay, or longer for a person to look at it."""
    if standing.review and standing.reviewed is None:
        return max(standing.delay_ms, round(profile.review_s * 1000))
    return standing.delay_ms


def in_ring(standing: StakeFactor, treatments: Mapping[str, Treatment]) -> StakeFactor:
    """Return the standing of a ring's member, with what the operator does with such."""
    chosen = treatments.get(RING)
    if standing.ring is None or chosen is None:
        return standing
    return standing.model_copy(
        update={
            "factor": standing.factor if chosen.factor is None else min(standing.factor, chosen.factor),
            "delay_ms": max(standing.delay_ms, chosen.delay_ms),
            "review": standing.review or chosen.review,
        }
    )
