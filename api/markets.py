"""``/v1/markets``: the operator's offered prices, from the hot snapshots."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bodies import NoParameters, Parameters
from api.operations import Answer, Call, Operation
from api.paging import Page, cursor_of
from api.problems import NOT_FOUND, NOT_READY, Problem
from schemas import OfferedPrice
from schemas.base import Name


class MarketsQuery(Page):
    """Which markets are wanted."""

    event_id: Annotated[Name | None, Field(description="of this event only")] = None
    suspended: Annotated[
        Literal["true", "false"] | None, Field(description="only suspended ones, or only open ones")
    ] = None


class MarketPath(Parameters):
    """Which market is wanted."""

    event_id: Name
    market: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            pattern=r"^[^|/\x00-\x1f]+$",
            description="type and line: `1x2`, `ou:2.5`",
        ),
    ]


class Markets(BaseModel):
    """A page of markets, in the order of event and market."""

    model_config = ConfigDict(extra="forbid")

    markets: list[OfferedPrice]
    next: str | None = Field(description="cursor of the next page; null on the last")


LIST = Operation(
    name="listMarkets",
    method="GET",
    path="/v1/markets",
    summary="List the operator's markets with their offered prices",
    tag="prices",
    scope="prices:read",
    query_model=MarketsQuery,
    answers={200: Answer("A page of markets", Markets)},
    problems=(NOT_READY,),
)

ONE = Operation(
    name="getMarket",
    method="GET",
    path="/v1/markets/{event_id}/{market}",
    summary="Read one market's offered prices",
    tag="prices",
    scope="prices:read",
    path_model=MarketPath,
    answers={200: Answer("The market", OfferedPrice)},
    problems=(NOT_FOUND, NOT_READY),
)


async def list_markets(call: Call[NoParameters, MarketsQuery, None]) -> Response:
    """Answer ``listMarkets``."""
    query, operator = call.query, call.grant.operator
    keys = await call.deps.snapshots.keys("prices", operator)
    if query.event_id is not None:
        keys = [key for key in keys if key.startswith(f"{query.event_id}|")]
    wanted = None if query.suspended is None else query.suspended == "true"
    found: list[OfferedPrice] = []
    rest = query.rest(keys)
    size = query.limit + 1  # one more than asked for tells whether there is a next page
    for at in range(0, len(rest), size):
        prices = await call.deps.snapshots.prices(operator, rest[at : at + size])
        found += [p for p in prices if p is not None and wanted in (None, p.suspended is not None)]
        if len(found) > query.limit:
            break
    page = found[: query.limit]
    cursor = cursor_of(f"{page[-1].event_id}|{page[-1].market}") if len(found) > query.limit else None
    answer = Markets(markets=page, next=cursor)
    return Response(answer.model_dump_json(), media_type="application/json")


async def get_market(call: Call[MarketPath, NoParameters, None]) -> Response:
    """Answer ``getMarket``."""
    key = f"{call.path.event_id}|{call.path.market}"
    (price,) = await call.deps.snapshots.prices(call.grant.operator, [key])
    if price is None:
        raise Problem(NOT_FOUND, "no such market")
    return Response(price.model_dump_json(), media_type="application/json")
