"""``/v1/exposure``: the operator's book, from the hot snapshots."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bodies import NoParameters
from api.operations import Answer, Call, Operation
from api.paging import Page, cursor_of
from api.problems import NOT_READY
from schemas import Exposure
from schemas.base import Name


class ExposureQuery(Page):
    """Which books are wanted."""

    event_id: Annotated[Name | None, Field(description="of this event only")] = None


class Exposures(BaseModel):
    """A page of books, in the order of events."""

    model_config = ConfigDict(extra="forbid")

    exposure: list[Exposure]
    next: str | None = Field(description="cursor of the next page; null on the last")


LIST = Operation(
    name="listExposure",
    method="GET",
    path="/v1/exposure",
    summary="List what the operator may win and lose, by event",
    tag="risk",
    scope="exposure:read",
    query_model=ExposureQuery,
    answers={200: Answer("A page of books", Exposures)},
    problems=(NOT_READY,),
)


async def list_exposure(call: Call[NoParameters, ExposureQuery, None]) -> Response:
    """Answer ``listExposure``."""
    query, operator = call.query, call.grant.operator
    keys = await call.deps.snapshots.keys("exposure", operator)
    if query.event_id is not None:
        keys = [key for key in keys if key == query.event_id]
    keys = query.rest(keys)
    page = keys[: query.limit]
    books = [book for book in await call.deps.snapshots.exposures(operator, page) if book is not None]
    answer = Exposures(exposure=books, next=cursor_of(page[-1]) if len(keys) > query.limit else None)
    return Response(answer.model_dump_json(), media_type="application/json")
