"""Whether the server lives, and whether it is ready to be asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.deps import Deps
from api.operations import Answer, Operation
from api.problems import NOT_READY, Problem


class Health(BaseModel):
    """Ready, or alive; what is not well is told as a problem."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["ok"] = Field(description="`ok`")


LIVE = Operation(
    name="live",
    method="GET",
    path="/health/live",
    summary="Tell whether the process works; if not, restart it",
    tag="operations",
    answers={200: Answer("It works", Health)},
    problems=(NOT_READY,),
)
READY = Operation(
    name="ready",
    method="GET",
    path="/health/ready",
    summary="Tell whether requests should come here",
    description="Ready when all prices have been read from Kafka and Kafka, Redis and PostgreSQL answer.",
    tag="operations",
    answers={200: Answer("They should", Health)},
    problems=(NOT_READY,),
)


class HealthEndpoints:
    """Answers ``/health/live`` and ``/health/ready``."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def live(self, request: Request) -> Response:
        """Tell whether the process works."""
        dead = [f"the tail of {t.topics[0]} has ended" for t in self._deps.tails if t.failure is not None]
        return _answer(dead)

    async def ready(self, request: Request) -> Response:
        """Tell whether requests should come here."""
        wrong = []
        for tail in self._deps.tails:
            if not tail.healthy:
                wrong.append(f"Kafka does not answer ({tail.topics[0]})")
            elif not tail.at_end:
                wrong.append(f"still reading {tail.topics[0]}")
        found = await asyncio.gather(
            self._check("Redis", self._deps.snapshots.check),
            self._check("PostgreSQL", self._deps.records.check),
        )
        return _answer(wrong + [text for text in found if text is not None])

    async def _check(self, name: str, check: Callable[[], Awaitable[None]]) -> str | None:
        try:
            async with asyncio.timeout(self._deps.limits.check_s):
                await check()
        except Exception as error:  # whatever it is, the part is not well
            return f"{name}: {type(error).__name__}"
        return None


def _answer(wrong: list[str]) -> Response:
    if wrong:
        raise Problem(NOT_READY, "; ".join(wrong), headers={"Retry-After": "1", "Cache-Control": "no-store"})
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
