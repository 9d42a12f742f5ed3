"""Bets that a person has to look at: told when they are held, and what the person says of them."""

from domain.sharps import waits_ms
from schemas import Alert, AssessedBet, OperatorCommand, OperatorProfile
from streams.records import Record
from streams.stage import Outbox
from streams.topics import ALERTS


def tell_if_held(assessed: AssessedBet, profile: OperatorProfile, cause: Record, out: Outbox) -> None:
    """Tell that a bet is held for a person, where it is."""
    bet, standing = assessed.bet, assessed.standing
    if not standing.review or profile.review_s <= 0:
        return
    leg = bet.legs[0]
    alert = Alert(
        alert_id=f"review:{bet.operator}:{bet.bettor}:{bet.bet_id}",
        kind="manual_review",
        subject=bet.bettor,
        market=leg.market,
        operator=bet.operator,
        text=f"bet {bet.bet_id} of {bet.bettor} is held for a person: {bet.stake} on {leg.outcome} of "
        f"{leg.market} at {leg.price:g}, {leg.event_id}"
        + (f", and {len(bet.legs) - 1} more" if len(bet.legs) > 1 else ""),
        figures={
            "stake": bet.stake,
            "price": leg.price,
            "factor": standing.factor,
            "held_s": waits_ms(standing, profile) / 1000,
        },
        event_time_ms=assessed.event_time_ms,
    )
    out.emit(ALERTS, bet.bettor, alert, assessed.event_time_ms, cause=cause)


def concerns(command: OperatorCommand, assessed: AssessedBet) -> bool:
    """Tell whether a ``review`` command is about a bet."""
    bet = assessed.bet
    return (command.operator, command.bettor, command.bet_id) == (bet.operator, bet.bettor, bet.bet_id)


def reviewed(assessed: AssessedBet, *, approve: bool) -> AssessedBet:
    """Return a bet with what a person has said of it."""
    said = {"reviewed": "approved" if approve else "refused"}
    return assessed.model_copy(update={"standing": assessed.standing.model_copy(update=said)})
