"""``/v1/coherence``: how near the operator's own prices of an event come to an arbitrage."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bodies import NoParameters
from api.operations import Answer, Call, Operation
from api.paging import Page, cursor_of, text_of
from api.problems import NOT_READY, Problem
from schemas import Coherence
from schemas.base import Name


class CoherenceQuery(Page):
    """Which events are wanted."""

    event_id: Annotated[Name | None, Field(description="this event only")] = None


class CoherencePage(BaseModel):
    """A page of scores, in the order of events."""

    model_config = ConfigDict(extra="forbid")

    coherence: list[Coherence]
    next: str | None = Field(description="cursor of the next page; null on the last")


LIST = Operation(
    name="listCoherence",
    method="GET",
    path="/v1/coherence",
    summary="List how near the operator's own prices of each event come to an arbitrage",
    tag="risk",
    scope="exposure:read",
    query_model=CoherenceQuery,
    answers={200: Answer("A page of scores", CoherencePage)},
    problems=(NOT_READY,),
)


async def list_coherence(call: Call[NoParameters, CoherenceQuery, None]) -> Response:
    """Answer ``listCoherence``."""
    query, operator, scores = call.query, call.grant.operator, call.deps.coherences
    if scores is None:
        raise Problem(NOT_READY, "there is no record of scores here")
    if query.event_id is not None:
        one = await scores.coherence(operator, query.event_id)
        return _answer([one] if one is not None and not query.cursor else [], None)
    found = await scores.coherences(operator, after=text_of(query.cursor), limit=query.limit + 1)
    page = found[: query.limit]
    return _answer(page, cursor_of(page[-1].event_id) if len(found) > query.limit else None)


def _answer(page: list[Coherence], cursor: str | None) -> Response:
    answer = CoherencePage(coherence=page, next=cursor)
    return Response(answer.model_dump_json(), media_type="application/json")
