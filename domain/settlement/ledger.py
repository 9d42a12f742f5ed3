"""Settlements as versions: each supersedes the one before and says how it moves the bettor's account."""

from collections.abc import Sequence

from domain.settlement.payouts import Graded, bet_payout
from schemas import Decision, SettledLeg, Settlement


def settle(
    decision: Decision, legs: Sequence[SettledLeg], standing: Settlement | None, event_time_ms: int
) -> Settlement | None:
    """Return the settlement that supersedes ``standing``, or None where nothing has changed.

    A bet is settled when every leg is graded, each-way in both parts. Less than that is open again (or
    still): what an earlier version had paid is taken back.

    Parameters
    ----------
    legs : sequence of SettledLeg
        All legs of the bet with the grades that they have now.
    standing : Settlement or None
        The latest version; None before the first.
    """
    settled = all(leg.grade is not None and (leg.place is not None or not decision.each_way) for leg in legs)
    pays = _pays(decision, legs) if settled else 0
    if standing is None:
        if all(leg.grade is None and leg.place is None for leg in legs):
            return None
    elif list(standing.legs) == list(legs):
        return None
    return Settlement(
        operator=decision.operator,
        bettor=decision.bettor,
        bet_id=decision.bet_id,
        version=1 if standing is None else standing.version + 1,
        status="settled" if settled else "open",
        stake=decision.stake,
        payout=pays,
        difference=pays - (0 if standing is None else standing.payout),
        legs=list(legs),
        event_time_ms=event_time_ms,
    )


def _pays(decision: Decision, legs: Sequence[SettledLeg]) -> int:
    graded = [
        Graded(leg.price, leg.grade, leg.place, leg.place_of or 1) for leg in legs if leg.grade is not None
    ]
    return bet_payout(decision.kind, decision.stake, graded, each_way=decision.each_way, price=decision.price)
