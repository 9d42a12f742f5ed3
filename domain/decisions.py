"""From an assessed bet and what stands to the decision that is published."""

from domain.acceptance import decide
from domain.book import EventBook
from domain.rules import BetRequest
from schemas import AssessedBet, Decision, OfferedPrice, OperatorProfile, RuleFigure, StoodOn

MULTIPLE = "multiple"
"""Reason code: bets of several legs are not taken yet."""


def decide_bet(
    assessed: AssessedBet,
    *,
    price: OfferedPrice | None,
    profile: OperatorProfile | None,
    starts_at_ms: int | None,
    book: EventBook,
) -> Decision:
    """Decide a bet from nothing but what is given; the book is not changed.

    Parameters
    ----------
    price : OfferedPrice or None
        What the operator offers on the first leg's market.
    profile : OperatorProfile or None
        The operator's settings; None for an operator that nobody knows.
    starts_at_ms : int or None
        Start of the first leg's event, UTC milliseconds; None for an unknown event.
    book : EventBook
        The operator's book on that event.
    """
    bet, leg = assessed.bet, assessed.bet.legs[0]
    request = BetRequest(
        market=leg.market,
        outcome=leg.outcome,
        stake=bet.stake,
        price=leg.price,
        price_sequence=leg.price_sequence,
        standing_price=price.prices.get(leg.outcome) if price is not None else None,
        suspended=price.suspended if price is not None else None,
        event_known=starts_at_ms is not None,
        event_started=starts_at_ms is not None and bet.event_time_ms >= starts_at_ms,
        profile=profile,
        stake_factor=assessed.standing.factor,
        bets_last_minute=assessed.standing.bets_last_minute,
        book=book,
        outcomes=price.prices if price is not None else (),
        ahead_ms=bet.event_time_ms - assessed.received_at_ms,
    )
    verdict = decide(request)
    singular = len(bet.legs) == 1
    return Decision(
        operator=bet.operator,
        bettor=bet.bettor,
        bet_id=bet.bet_id,
        event_id=leg.event_id,
        market=leg.market,
        outcome=leg.outcome,
        decision=verdict.decision if singular else "rejected",
        reasons=verdict.reasons if singular else [MULTIPLE, *verdict.reasons],
        stake=verdict.stake if singular else 0,
        price=verdict.price,
        payout=verdict.payout if singular else 0,
        requested_stake=bet.stake,
        requested_price=leg.price,
        received_at_ms=assessed.received_at_ms,
        standing=assessed.standing,
        rules=[RuleFigure(**finding._asdict()) for finding in verdict.findings],
        stood_on=StoodOn(
            price=request.standing_price,
            price_sequence=price.sequence if price is not None else 0,
            exposure_version=book.version,
            settings_version=profile.version if profile is not None else 0,
            suspended=request.suspended,
            starts_at_ms=starts_at_ms,
        ),
        event_time_ms=bet.event_time_ms,
        context=bet.context,
    )
