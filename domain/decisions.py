"""From an assessed bet and what stands to the decision that is published."""

from collections.abc import Sequence
from dataclasses import replace

from domain.acceptance import decide, figures_of
from domain.bets.each_way import EachWay
from domain.bets.lines import Lines
from domain.book import EventBook
from domain.markets import type_of
from domain.rules import BetRequest
from domain.rules.invalid_price import sound
from domain.same_game import JointPrice, decided_legs
from domain.sharps.treatment import awaits_review
from domain.terms import NOTHING_AROUND, Around, is_reducing, settings_on, stood_on
from schemas import (
    AssessedBet,
    Bet,
    DecidedLeg,
    Decision,
    Hold,
    Leg,
    OfferedPrice,
    OperatorProfile,
    StoodOn,
)


def kind_of_bet(bet: Bet) -> str:
    """Return the kind of a bet: as it says, else by its number of legs."""
    return bet.kind or ("single" if len(bet.legs) == 1 else "multiple")


def is_combined(bet: Bet) -> bool:
    """Tell whether a bet has legs on several events."""
    return len(bet.legs) > 1 and len({leg.event_id for leg in bet.legs}) > 1


def lines_of_bet(bet: Bet, place_of: Sequence[int] = ()) -> Lines | None:
    """Return the lines of a bet of several legs at the prices asked, None where there are no such lines.

    Parameters
    ----------
    place_of : sequence of int
        Of each leg of an each-way bet, how its place part is paid; too few where not every leg has one.
    """
    kind = kind_of_bet(bet)
    if len(bet.legs) == 1 or not all(sound(leg.price) for leg in bet.legs):
        return None
    if bet.each_way and len(place_of) < len(bet.legs):
        return None
    try:
        lines = Lines.of(kind, [leg.price for leg in bet.legs], place_of if bet.each_way else ())
        return lines if lines.parts else None
    except ValueError:
        return None


def decide_bet(
    assessed: AssessedBet,
    *,
    price: OfferedPrice | JointPrice | None,
    profile: OperatorProfile | None,
    starts_at_ms: int | None,
    book: EventBook,
    around: Around = NOTHING_AROUND,
) -> Decision:
    """Decide a bet on one event from nothing but what is given; the book is not changed.

    Parameters
    ----------
    price : OfferedPrice, JointPrice or None
        What the operator offers on the first leg's market; for a same-game multiple that it takes, what its
        legs come to together.
    profile : OperatorProfile or None
        The operator's settings; None for an operator that nobody knows.
    starts_at_ms : int or None
        Start of the first leg's event, UTC milliseconds; None for an unknown event.
    book : EventBook
        The operator's book on that event.
    """
    bet = assessed.bet
    joint = price if isinstance(price, JointPrice) else None
    together = price if isinstance(price, JointPrice) else _alone(bet, price)
    leg, offer = bet.legs[together.carrier], together.legs[together.carrier]
    basis = offer.basis if offer is not None else None
    started = starts_at_ms is not None and bet.event_time_ms >= starts_at_ms
    profile = settings_on(
        profile,
        basis,
        around,
        market=leg.market,
        live=started,
    )
    split = each_way_of(bet, offer, profile) if bet.each_way else None
    request = BetRequest(
        market=leg.market,
        outcome=leg.outcome,
        stake=bet.stake,
        price=leg.price if joint is None else bet.price or 0.0,
        price_sequence=leg.price_sequence,
        standing_price=together.price,
        suspended=together.suspended,
        event_known=starts_at_ms is not None,
        event_started=started,
        profile=profile,
        stake_factor=assessed.standing.factor,
        clv=assessed.standing.clv,
        bets_last_minute=assessed.standing.bets_last_minute,
        same_last_minute=assessed.standing.same_last_minute,
        review=awaits_review(assessed.standing),
        book=book,
        outcomes=offer.prices if offer is not None else (),
        ahead_ms=bet.event_time_ms - assessed.received_at_ms,
        kind=kind_of_bet(bet),
        legs=len(bet.legs),
        each_way=bet.each_way,
        related=together.related,
        confidence=together.confidence,
        reducing=is_reducing(basis),
        split=split,
        shared=around.shared,
    )
    if joint is not None:
        request = replace(request, combined=True, joint=True)
    verdict = decide(request)
    ground = stood_on(
        request,
        offer.sequence if offer is not None and joint is None else 0,
        around,
        starts_at_ms=starts_at_ms,
        scores_sequence=together.scores_sequence,
    )
    legs: list[DecidedLeg] = []
    price_taken = verdict.price
    if split is not None:
        accepted = verdict.decision == "accepted"
        price_taken = split.average if accepted else verdict.price
        legs = [_each_way_leg(leg, split, ground, verdict.stake if accepted else 0)]
    if joint is not None:
        held = Hold(market=leg.market, outcome=leg.outcome, stake=verdict.stake, payout=verdict.payout)
        accepted = verdict.decision == "accepted"
        legs = decided_legs(bet, joint, ground, held if accepted else None)
    return Decision(
        operator=bet.operator,
        bettor=bet.bettor,
        bet_id=bet.bet_id,
        event_id=leg.event_id,
        market=bet.legs[0].market,
        outcome=bet.legs[0].outcome,
        decision=verdict.decision,
        reasons=verdict.reasons,
        stake=verdict.stake,
        price=price_taken,
        payout=verdict.payout,
        requested_stake=bet.stake,
        requested_price=request.price,
        received_at_ms=assessed.received_at_ms,
        standing=assessed.standing,
        rules=figures_of(verdict.findings),
        stood_on=ground,
        event_time_ms=bet.event_time_ms,
        context=bet.context,
        kind=request.kind,
        each_way=bet.each_way,
        legs=legs,
    )


def each_way_of(bet: Bet, offer: OfferedPrice | None, profile: OperatorProfile | None) -> EachWay | None:
    """Return the parts of an each-way single; None where there are no place terms for it."""
    leg = bet.legs[0]
    if len(bet.legs) > 1 or offer is None or profile is None or not sound(leg.price):
        return None
    return parts_of(leg.market, leg.outcome, leg.price, offer, profile)


def parts_of(
    market: str, outcome: str, price: float, offer: OfferedPrice, profile: OperatorProfile
) -> EachWay | None:
    """Return the parts of an each-way selection; None where there are no place terms for it."""
    terms = profile.place_terms.get(type_of(market))
    if terms is None or len(offer.prices) < max(terms.least_outcomes, terms.places + 1):
        return None
    return EachWay(market, outcome, price, terms.places, terms.place_of)


def _each_way_leg(leg: Leg, split: EachWay, stood_on: StoodOn, stake: int) -> DecidedLeg:
    return DecidedLeg(
        event_id=leg.event_id,
        market=leg.market,
        outcome=leg.outcome,
        price=leg.price,
        stood_on=stood_on,
        holds=list(split.holds(stake)) if stake else [],
        places=split.places,
        place_of=split.place_of,
    )


def held_by(decision: Decision) -> list[Hold]:
    """Return what a book holds for an accepted bet on one event."""
    if decision.legs:
        return [hold for leg in decision.legs for hold in leg.holds]
    return [
        Hold(market=decision.market, outcome=decision.outcome, stake=decision.stake, payout=decision.payout)
    ]


def _alone(bet: Bet, price: OfferedPrice | None) -> JointPrice:
    """Return what stands for a single, or for a bet that is none though its legs are on one event."""
    if price is None:
        return JointPrice(None, related=len(bet.legs) - 1, legs=(None,))
    standing = price.prices.get(bet.legs[0].outcome)
    return JointPrice(standing, price.suspended, price.confidence, related=len(bet.legs) - 1, legs=(price,))
