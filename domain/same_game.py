"""Same-game multiples as they are decided: what the legs come to together, by what stands on the event.

The price follows from the operator's own prices of the legs and from the measure over final scores: the
product of the prices times (product of the legs' probabilities) / (their joint probability). Whatever moves a
leg's price (margin, book, trader) so moves the price of the whole, and the measure says only how the legs
depend on each other.

The book holds the bet on one of its legs, the carrier, as if it were a single there. The bet wins only where
the carrier does, so that in no final score is less in the book than the bet pays: the worst case is never
less than the true one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.bets.same_game import same_game_price
from domain.ladder import LADDERS
from domain.states import Measure
from domain.states.families import FAMILIES
from schemas import Bet, DecidedLeg, FairPrice, Hold, OfferedPrice, OperatorProfile, StoodOn

KIND = "same_game"
UNKNOWN_SCORE = "score"
"""Why a market or a measure in play takes no bet: it does not know the score yet."""


@dataclass(slots=True)
class JointPrice:
    """What stands for the legs of a bet on one event.

    Parameters
    ----------
    price : float or None
        Decimal odds of the whole; None where nothing stands.
    suspended : str or None
        Why no bet is taken.
    confidence : float
        Of the leg whose price is good for least.
    related : int
        Legs beyond the first where they cannot be priced together: they exclude each other, or one of them
        may be refunded, or scores do not settle it.
    carrier : int
        The leg that holds the bet in the book.
    legs : tuple of OfferedPrice or None
        What is offered on each leg's market.
    scores_sequence : int
        Which measure stood.
    """

    price: float | None
    suspended: str | None = None
    confidence: float = 1.0
    related: int = 0
    carrier: int = 0
    legs: tuple[OfferedPrice | None, ...] = ()
    scores_sequence: int = 0


def is_same_game(bet: Bet) -> bool:
    """Tell whether a bet is a same-game multiple: of that kind, with all legs on one event."""
    return bet.kind == KIND and len(bet.legs) > 1 and len({leg.event_id for leg in bet.legs}) == 1


def joint_price(
    bet: Bet,
    offers: Sequence[OfferedPrice | None],
    scores: FairPrice | None,
    profile: OperatorProfile | None,
) -> JointPrice | None:
    """Return what the legs of a same-game multiple come to; None where the bet is none, or not taken.

    Parameters
    ----------
    offers : sequence of OfferedPrice or None
        What the operator offers on each leg's market.
    scores : FairPrice or None
        The event's measure, by final score.
    """
    if profile is None or not profile.same_game or not is_same_game(bet):
        return None
    prices = [
        None if offer is None else offer.prices.get(leg.outcome)
        for leg, offer in zip(bet.legs, offers, strict=True)
    ]
    # what is not offered is for the rules to say; else the longest price comes nearest to what is at stake
    carrier = max(range(len(prices)), key=lambda leg: prices[leg] or float("inf"))
    price, priceable = _price(bet, prices, scores, profile)
    suspended = next((offer.suspended for offer in offers if offer is not None and offer.suspended), None)
    if suspended is None and not _knows_score(scores, offers):
        suspended = UNKNOWN_SCORE
    return JointPrice(
        price,
        suspended,
        min((offer.confidence for offer in offers if offer is not None), default=1.0),
        0 if priceable else len(bet.legs) - 1,
        carrier,
        tuple(offers),
        0 if scores is None else scores.sequence,
    )


def _knows_score(scores: FairPrice | None, offers: Sequence[OfferedPrice | None]) -> bool:
    """Tell whether a measure in play was made after the score last changed, as the legs' prices have it."""
    live = [offer.basis.live for offer in offers if offer is not None and offer.basis is not None]
    changed_ms = max((basis.changed_ms for basis in live if basis is not None), default=None)
    if changed_ms is None or scores is None or scores.derived is None:
        return True
    return scores.derived.state is not None and scores.as_of_ms >= changed_ms


def _price(
    bet: Bet, prices: Sequence[float | None], scores: FairPrice | None, profile: OperatorProfile
) -> tuple[float | None, bool]:
    """Return the joint price, and whether the legs are such as can have one."""
    if scores is None or scores.derived is None or not scores.probabilities:
        return None, True
    measure = Measure.of_scores(FAMILIES[scores.derived.sport].space, scores.probabilities)
    legs = [(leg.market, leg.outcome) for leg in bet.legs]
    try:
        charged = [
            # a leg that is offered above its worth by this measure is charged nothing, and given nothing
            max(1.0, 1.0 / (price * measure.combination([leg])))
            for leg, price in zip(legs, prices, strict=True)
            if price is not None
        ]
        whole = same_game_price(measure, legs, charged)
    except (ValueError, ZeroDivisionError):
        return None, False
    if whole is None:
        return None, False
    ladder = LADDERS[profile.prices.ladder]
    if len(charged) < len(legs) or whole < ladder.lowest:
        return None, True
    return ladder.round_down(whole), True


def decided_legs(bet: Bet, joint: JointPrice, stood_on: StoodOn, held: Hold | None) -> list[DecidedLeg]:
    """Return the legs as a decision tells them, the carrier with what the book holds."""
    return [
        DecidedLeg(
            event_id=leg.event_id,
            market=leg.market,
            outcome=leg.outcome,
            price=leg.price if offer is None else offer.prices.get(leg.outcome, leg.price),
            stood_on=StoodOn(
                price=None if offer is None else offer.prices.get(leg.outcome),
                price_sequence=0 if offer is None else offer.sequence,
                exposure_version=stood_on.exposure_version,
                settings_version=stood_on.settings_version,
                suspended=None if offer is None else offer.suspended,
            ),
            holds=[held] if held is not None and index == joint.carrier else [],
        )
        for index, (leg, offer) in enumerate(zip(bet.legs, joint.legs, strict=True))
    ]
