"""``/v1/bets``: a bet goes to Kafka, its decision comes back."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bodies import WHOLE, Body, NoParameters, Parameters
from api.operations import Answer, Call, Operation
from api.problems import (
    BET,
    BUSY,
    DUPLICATE,
    NOT_FOUND,
    NOT_READY,
    UNCONFIRMED,
    UNPROCESSED,
    Problem,
)
from api.waiting import ConflictError, FullError, Outcome, Refused
from schemas import Bet, Decision, Leg, Settlement
from schemas.base import Name
from streams.producer import DeliveryError
from streams.topics import BETS

_SAFE = 2**53 - 1  # the integers that every JSON reader keeps exactly


class BetLeg(Body):
    """One selection: an outcome of a market of an event, at the price that the bettor saw."""

    event_id: Name
    market: Name
    outcome: Name
    price: Annotated[float, Field(ge=-1e12, le=1e12, description="decimal odds")]
    price_sequence: Annotated[
        int | None, Field(ge=-_SAFE, le=_SAFE, description="sequence of the offered price, if known"), WHOLE
    ] = None


class BetBody(Body):
    """A bet to place. The operator is the token's; the time is the server's."""

    bettor: Name
    bet_id: Annotated[Name, Field(description="unique for the bettor; makes the request safe to repeat")]
    legs: Annotated[list[BetLeg], Field(min_length=1, max_length=12)]
    stake: Annotated[
        int, Field(ge=-_SAFE, le=_SAFE, description="of the whole bet, minor units of the currency"), WHOLE
    ]
    kind: Annotated[
        Name | None,
        Field(description="`single`, `multiple`, `same_game`, `trixie` to `goliath`, `n-of-m`; see the docs"),
    ] = None
    price: Annotated[
        float | None,
        Field(ge=-1e12, le=1e12, description="decimal odds of a same-game multiple as a whole"),
    ] = None
    each_way: Annotated[bool, Field(description="half on winning, half on a place")] = False


class BetPath(Parameters):
    """Which bet is wanted."""

    bet_id: Name


class BetQuery(Parameters):
    """Whose bet is wanted."""

    bettor: Name


class BetState(BaseModel):
    """A bet's state: ``waiting`` without a decision, else ``decided``."""

    model_config = ConfigDict(extra="forbid")

    bettor: Name
    bet_id: Name
    state: Literal["waiting", "decided"]
    decision: Decision | None
    settlement: Annotated[Settlement | None, Field(description="what an accepted bet came to, so far")] = None


_LOCATION = "where the decision will be"
_RETRY = "seconds until it is worth asking again"

PLACE = Operation(
    name="placeBet",
    method="POST",
    path="/v1/bets",
    summary="Place a bet and wait for its decision",
    description="Safe to repeat: the same bet gets the same decision, and is placed once. A bet that is not "
    "taken is not an error: the decision says `rejected` or `alternative`, and why.",
    tag="bets",
    scope="bets:write",
    body_model=BetBody,
    invalid=BET,
    answers={
        201: Answer("Decided", Decision, {"Location": "the bet"}),
        200: Answer("It was already decided; this is that decision", Decision, {"Location": "the bet"}),
        202: Answer(
            "Placed, but not decided in time", BetState, {"Location": _LOCATION, "Retry-After": _RETRY}
        ),
    },
    problems=(DUPLICATE, UNPROCESSED, UNCONFIRMED, BUSY, NOT_READY),
)

ONE = Operation(
    name="getBet",
    method="GET",
    path="/v1/bets/{bet_id}",
    summary="Read what became of a bet",
    tag="bets",
    scope="bets:read",
    path_model=BetPath,
    query_model=BetQuery,
    answers={200: Answer("The bet's state", BetState)},
    problems=(NOT_FOUND, NOT_READY),
)


async def place_bet(call: Call[NoParameters, NoParameters, BetBody]) -> Response:
    """Answer ``placeBet``."""
    deps = call.deps
    deps.require_kafka()
    bet = _bet(call)
    try:
        known = deps.waiting.decided_before(bet)
        if known is not None:
            return _decided(known, 200, deps.metrics.bets)
        with deps.waiting.wait(bet) as outcome:
            deps.metrics.bets_waiting.set(deps.waiting.waiters)
            return await _placed(call, bet, outcome)
    except ConflictError:
        raise Problem(DUPLICATE, "this bet id is taken by another bet") from None
    except FullError:
        raise Problem(BUSY, headers={"Retry-After": "1"}) from None
    finally:
        deps.metrics.bets_waiting.set(deps.waiting.waiters)


def _bet(call: Call[NoParameters, NoParameters, BetBody]) -> Bet:
    body = call.body
    return Bet(
        operator=call.grant.operator,
        bettor=body.bettor,
        bet_id=body.bet_id,
        legs=[Leg(**leg.model_dump()) for leg in body.legs],
        stake=body.stake,
        kind=body.kind,
        each_way=body.each_way,
        price=body.price,
        event_time_ms=call.deps.now_ms(),
    )


async def _placed(
    call: Call[NoParameters, NoParameters, BetBody], bet: Bet, outcome: "asyncio.Future[Outcome]"
) -> Response:
    deps = call.deps
    deps.waiting.place(bet)
    try:
        deps.producer.send(BETS, f"{bet.operator}|{bet.bettor}", bet, bet.event_time_ms)
    except DeliveryError:
        deps.waiting.forget(bet)
        raise Problem(NOT_READY, "Kafka does not take bets", headers={"Retry-After": "1"}) from None
    try:
        await deps.producer.acknowledged()
        # shielded: others may wait for the same bet
        decision = await asyncio.wait_for(asyncio.shield(outcome), deps.limits.decision_s)
    except DeliveryError:
        deps.metrics.bets.labels("unconfirmed").inc()
        raise Problem(UNCONFIRMED, headers={"Retry-After": "1"}) from None
    except TimeoutError:
        return _undecided(bet, deps.metrics.bets)
    if isinstance(decision, Refused):
        deps.metrics.bets.labels("refused").inc()
        raise Problem(DUPLICATE if decision.duplicate else UNPROCESSED, decision.reason)
    # a decision from before this request: the bet had been placed earlier, perhaps through another server
    fresh = decision.event_time_ms >= bet.event_time_ms
    return _decided(decision, 201 if fresh else 200, deps.metrics.bets)


def _location(bettor: str, bet_id: str) -> str:
    return f"/v1/bets/{quote(bet_id, safe='')}?bettor={quote(bettor, safe='')}"


def _decided(decision: Decision, status: int, count: Counter) -> Response:
    count.labels(decision.decision if status == 201 else "repeated").inc()
    headers = {"Location": _location(decision.bettor, decision.bet_id)}
    return Response(decision.model_dump_json(), status, headers, "application/json")


def _undecided(bet: Bet, count: Counter) -> Response:
    count.labels("undecided").inc()
    state = BetState(bettor=bet.bettor, bet_id=bet.bet_id, state="waiting", decision=None)
    headers = {"Location": _location(bet.bettor, bet.bet_id), "Retry-After": "1"}
    return Response(state.model_dump_json(), 202, headers, "application/json")


async def _settlement(call: Call[BetPath, BetQuery, None], decision: Decision | None) -> Settlement | None:
    if decision is None or decision.decision != "accepted":
        return None
    return await call.deps.records.settlement(call.grant.operator, call.query.bettor, call.path.bet_id)


async def get_bet(call: Call[BetPath, BetQuery, None]) -> Response:
    """Answer ``getBet``: from what this server has seen, else from the record."""
    deps, key = call.deps, (call.grant.operator, call.query.bettor, call.path.bet_id)
    decision = deps.waiting.decision(key) or await deps.records.decision(*key)
    if decision is None and not deps.waiting.placed(key) and await deps.records.bet(*key) is None:
        raise Problem(NOT_FOUND, "no such bet")
    state = BetState(
        bettor=call.query.bettor,
        bet_id=call.path.bet_id,
        state="waiting" if decision is None else "decided",
        decision=decision,
        settlement=await _settlement(call, decision),
    )
    return Response(state.model_dump_json(), media_type="application/json")
