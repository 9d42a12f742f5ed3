"""Cash-out quotes for the API: the domain's figures, with the operator's margin."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.bets import kind_of
from domain.devig import devig_one
from domain.markets import winners_of
from domain.settlement.cash_out import OpenLeg, cash_out, fair_value
from schemas import Decision, Grade, OfferedPrice, Settlement
from storage.operators import Operators


@dataclass(frozen=True, slots=True)
class Quote:
    """What is offered for a bet, or why nothing is; ``api.ports.CashOutQuote``."""

    offered: int | None
    reason: str | None
    fair_value: float = 0.0
    margin: float = 0.0


class CashOuts:
    """Quotes from the prices that stand, with the margin of the settings that the bet was taken under."""

    def __init__(self, operators: Operators) -> None:
        self._operators = operators

    async def quote(
        self,
        decision: Decision,
        settlement: Settlement | None,
        prices: Sequence[OfferedPrice | None],
        share: float,
    ) -> Quote:
        """Return what is offered for ``share`` of a bet; ``prices`` are those of its legs' markets."""
        if decision.decision != "accepted":
            return Quote(None, "not_accepted")
        if settlement is not None and settlement.status == "settled":
            return Quote(None, "settled")
        kind = kind_of(decision.kind)
        if kind is None or kind.same_event or decision.each_way:
            return Quote(None, "kind")
        profile = await self._operators.profile(decision.operator, decision.stood_on.settings_version)
        margin = profile.cash_out_margin if profile is not None else 1.0
        value = fair_value(decision.kind, decision.stake, legs_of(decision, settlement, prices))
        if value is None:
            return Quote(None, "no_price", margin=margin)
        offered = cash_out(value, margin, share)
        return Quote(offered or None, None if offered else "worthless", value * share, margin)


def legs_of(
    decision: Decision, settlement: Settlement | None, prices: Sequence[OfferedPrice | None]
) -> list[OpenLeg]:
    """Return the legs of a bet with their grades and what their markets say of them now."""
    taken = [(leg.price, leg.outcome) for leg in decision.legs] or [(decision.price, decision.outcome)]
    grades: list[Grade | None] = [None] * len(taken)
    if settlement is not None:
        grades = [leg.grade for leg in settlement.legs]
    return [
        OpenLeg(price, grade, probability_of(offer, outcome))
        for (price, outcome), grade, offer in zip(taken, grades, prices, strict=True)
    ]


def probability_of(offer: OfferedPrice | None, outcome: str) -> float | None:
    """Return an outcome's probability behind an operator's prices; None where its market takes no bets."""
    if offer is None or offer.suspended is not None or outcome not in offer.prices or len(offer.prices) < 2:
        return None
    found = devig_one(list(offer.prices.values()), winners=float(winners_of(offer.market)))
    return found[list(offer.prices).index(outcome)]
