"""``/v1/bets/{bet_id}/cashout``: what an accepted bet would be bought back for now."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bets import BetPath
from api.bodies import DIGITS, Parameters
from api.operations import Answer, Call, Operation
from api.problems import NOT_FOUND, NOT_READY, Problem
from schemas import Decision, OfferedPrice
from schemas.base import Name


class CashOutQuery(Parameters):
    """Whose bet, and how much of it."""

    bettor: Name
    percent: Annotated[
        int, Field(ge=1, le=100, description="how much of the bet is to be bought back"), DIGITS
    ] = 100


class StoodOnPrice(BaseModel):
    """A price that the quote stands on."""

    model_config = ConfigDict(extra="forbid")

    event_id: Name
    market: Name
    sequence: int


class CashOut(BaseModel):
    """A quote to buy a bet back; it holds for as long as the prices that it stands on."""

    model_config = ConfigDict(extra="forbid")

    bettor: Name
    bet_id: Name
    offered: Annotated[int | None, Field(description="minor units; null where no offer is made")]
    reason: Annotated[
        str | None,
        Field(description="why none is made: `not_accepted`, `settled`, `no_price`, `worthless` or `kind`"),
    ]
    stake: Annotated[int, Field(description="the part of the stake that is bought back, minor units")]
    fair_value: Annotated[float, Field(description="what that part is expected to pay, minor units")]
    margin: Annotated[float, Field(description="how much of the fair value the offer keeps")]
    stood_on: list[StoodOnPrice]


GET = Operation(
    name="getCashOut",
    method="GET",
    path="/v1/bets/{bet_id}/cashout",
    summary="Ask what an accepted bet would be bought back for",
    description="From the probabilities behind the operator's prices of now, less its cash-out margin. A "
    "quote binds nobody. None is made while an open leg's market is suspended.",
    tag="bets",
    scope="bets:read",
    path_model=BetPath,
    query_model=CashOutQuery,
    answers={200: Answer("The quote", CashOut)},
    problems=(NOT_FOUND, NOT_READY),
)


async def get_cash_out(call: Call[BetPath, CashOutQuery, None]) -> Response:
    """Answer ``getCashOut``."""
    deps, operator, bettor = call.deps, call.grant.operator, call.query.bettor
    key = (operator, bettor, call.path.bet_id)
    decision = deps.waiting.decision(key) or await deps.records.decision(*key)
    if decision is None or deps.cash_outs is None:
        raise Problem(NOT_FOUND, "no such bet, or no decision on it yet")
    settlement = await deps.records.settlement(*key)
    prices = await _prices(call, decision)
    quote = await deps.cash_outs.quote(decision, settlement, prices, call.query.percent / 100)
    answer = CashOut(
        bettor=bettor,
        bet_id=call.path.bet_id,
        offered=quote.offered,
        reason=quote.reason,
        stake=decision.stake * call.query.percent // 100,
        fair_value=quote.fair_value,
        margin=quote.margin,
        stood_on=[
            StoodOnPrice(event_id=price.event_id, market=price.market, sequence=price.sequence)
            for price in prices
            if price is not None
        ],
    )
    return Response(answer.model_dump_json(), media_type="application/json")


async def _prices(call: Call[BetPath, CashOutQuery, None], decision: Decision) -> list[OfferedPrice | None]:
    legs = [(leg.event_id, leg.market) for leg in decision.legs] or [(decision.event_id, decision.market)]
    keys = [f"{event_id}|{market}" for event_id, market in legs]
    return await call.deps.snapshots.prices(call.grant.operator, keys)
