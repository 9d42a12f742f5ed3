"""The application, put together from its parts."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api import (
    access,
    bets,
    cash_out,
    coherence,
    commands,
    documents,
    explanations,
    exposure,
    health,
    markets,
    portfolio,
)
from api.deps import Deps
from api.oauth import TokenEndpoint, metadata
from api.openapi import document
from api.operations import Endpoint, Handler, Operation, endpoint
from api.problem_pages import all_kinds, on_error, on_http_exception, on_problem, one_kind
from api.problems import NOT_READY, Problem
from api.stream.endpoint import StreamEndpoint, not_found
from api.stream.hub import Hub
from storage.errors import Unreachable

REST: tuple[tuple[Operation, Handler], ...] = (
    (markets.LIST, markets.list_markets),
    (explanations.EXPLAIN, explanations.explain_market),  # before the next, which would take it for a market
    (markets.ONE, markets.get_market),
    (bets.PLACE, bets.place_bet),
    (cash_out.GET, cash_out.get_cash_out),  # before the next, which would take it for a bet
    (bets.ONE, bets.get_bet),
    (exposure.LIST, exposure.list_exposure),
    (coherence.LIST, coherence.list_coherence),
    (portfolio.SHOW, portfolio.show_portfolio),
    (commands.GIVE, commands.give_command),
)
"""What operators can do."""


def create_app(deps: Deps) -> Starlette:
    """Return the edge as an ASGI application.

    Its lifespan starts and stops ``deps.tails``; connections are opened and closed by whoever made ``deps``.
    """
    hub = Hub(deps)
    bound = [(operation, endpoint(operation, handler, deps)) for operation, handler in REST]
    bound += _open_to_all(deps)
    described = document([operation for operation, _ in bound], version("overround"))
    app = Starlette(
        routes=[
            *(_route(operation, answer, deps) for operation, answer in bound),
            *documents.routes(described),
            Route("/problems", all_kinds),
            Route("/problems/{name}", one_kind),
            Route("/metrics", _metrics(deps)),
            WebSocketRoute("/v1/stream", StreamEndpoint(hub).answer),
            WebSocketRoute("/{path:path}", not_found),
        ],
        exception_handlers={
            Problem: on_problem,
            HTTPException: on_http_exception,
            Exception: on_error,
        },
        lifespan=_lifespan(deps, hub),
    )
    app.router.redirect_slashes = False  # an address is what it is, and what it is not is a problem
    return app


def _open_to_all(deps: Deps) -> list[tuple[Operation, Endpoint]]:
    """Return the operations that need no token."""
    checks = health.HealthEndpoints(deps)

    async def keys(request: Request) -> Response:
        return JSONResponse(deps.tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})

    async def about(request: Request) -> Response:
        return JSONResponse(metadata(deps.tokens.issuer))

    return [
        (access.TOKEN, TokenEndpoint(deps.clients, deps.tokens, deps.clock, deps.metrics).answer),
        (access.KEYS, keys),
        (access.METADATA, about),
        (health.LIVE, checks.live),
        (health.READY, checks.ready),
    ]


def _route(operation: Operation, answer: Endpoint, deps: Deps) -> BaseRoute:
    """Return the route of an operation, timed."""
    seconds = deps.metrics.requests

    async def timed(request: Request) -> Response:
        began, status = time.perf_counter(), 500
        try:
            response = await answer(request)
            status = response.status_code
        except Problem as problem:
            status = problem.kind.status
            raise
        except (RedisError, Unreachable) as error:
            status = NOT_READY.status
            part = "Redis" if isinstance(error, RedisError) else "PostgreSQL"
            raise Problem(NOT_READY, f"{part} does not answer", headers={"Retry-After": "1"}) from error
        finally:
            seconds.labels(operation.name, status).observe(time.perf_counter() - began)
        return response

    return Route(_pattern(operation.path), timed, methods=[operation.method])


def _pattern(path: str) -> str:
    """Let the first parameter of a path hold slashes: event and bet ids may."""
    return path.replace("{event_id}", "{event_id:path}").replace("{bet_id}", "{bet_id:path}")


def _metrics(deps: Deps) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(request: Request) -> Response:
        return Response(generate_latest(deps.registry), media_type=CONTENT_TYPE_LATEST)

    return metrics


def _lifespan(deps: Deps, hub: Hub) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for tail in deps.tails:
            await tail.start()
        ticker = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            ticker.cancel()
            with suppress(asyncio.CancelledError):
                await ticker
            for tail in deps.tails:
                await tail.stop()

    return lifespan
