"""``overround api``: the edge, put together from the settings."""

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail

if TYPE_CHECKING:
    from joserfc.jwk import ECKey
    from prometheus_client import CollectorRegistry
    from starlette.applications import Starlette
    from uvicorn import Config

    from api.deps import Deps, Limits
    from overround.settings import Settings

_PRICES_S, _DECISIONS_S = 0.02, 0.005
_CONFIRM_S = 5.0
_MAX_MESSAGE = 64 * 1024


def api(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port; 0 takes a free one", min=0, max=65535)] = None,
) -> None:
    """Serve REST, the WebSocket price stream, Swagger UI and metrics until Ctrl-C.

    Example: overround api --port 8000
    """
    import uvloop
    from joserfc.errors import JoseError

    from api.tokens import signing_key
    from overround.settings import settings

    config = settings()
    logging.basicConfig(
        level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        key = signing_key(config.signing_key)
    except (OSError, ValueError, JoseError) as error:
        fail(f"no signing key in {config.signing_key}: {error}", code=1)
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, logging.getLogger().level))
    sock = _listen(host or config.api_host, config.api_port if port is None else port)
    # uvicorn raises a signal again when it has ended because of it; what is open must still be closed then
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, sock, key))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        fail(f"cannot listen on {host} port {port}: {error.strerror or error}", code=1)
    return sock


def _address(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{port}"


async def _serve(config: "Settings", sock: socket.socket, key: "ECKey") -> None:
    from prometheus_client import REGISTRY
    from uvicorn import Server

    from api.app import create_app

    url = config.api_url.rstrip("/") or _address(sock)
    async with real_deps(config, key, url, REGISTRY) as deps:
        server = Server(server_config(create_app(deps)))
        sys.stderr.write(f"overround api: {url} (Swagger UI at {url}/docs)\n")
        await server.serve(sockets=[sock])


def server_config(app: "Starlette") -> "Config":
    """Return how uvicorn serves the edge."""
    from uvicorn import Config

    return Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # costs more than it saves where bandwidth is no concern
        ws_max_size=_MAX_MESSAGE,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=3,
    )


@asynccontextmanager
async def real_deps(
    config: "Settings",
    key: "ECKey",
    url: str,
    registry: "CollectorRegistry",
    limits: "Limits | None" = None,
) -> "AsyncIterator[Deps]":
    """Give the edge its real parts, and close them afterwards.

    Parameters
    ----------
    key : ECKey
        Signs tokens.
    url : str
        The address that clients use: the issuer of tokens.
    registry : CollectorRegistry
        What ``/metrics`` shows.
    """
    from api.deps import Deps, Limits
    from api.following import TOPICS, Following
    from api.metrics import Metrics
    from api.snapshots import RedisSnapshots
    from api.stream.board import Boards
    from api.tokens import Tokens
    from api.waiting import WaitingBets
    from overround.cash_outs import CashOuts
    from overround.explaining import RecordedExplanations
    from overround.models import library
    from storage.bets import Bets
    from storage.clients import Clients
    from storage.coherence import Coherences
    from storage.database import Database
    from storage.operators import Operators
    from storage.portfolios import Portfolios
    from storage.prices import Prices
    from streams.producer import Producer
    from streams.tail import Tail

    metrics, limits, waiting = Metrics(registry), limits or Limits(), WaitingBets()
    boards = Boards(config.operators, metrics, time.time, limits.late_s)
    prices = Tail(
        config.kafka,
        boards.topics,
        lambda records: boards.apply(records, live=prices.at_end),
        start="beginning",
        pace_s=_PRICES_S,
    )
    back = Tail(config.kafka, TOPICS, Following(waiting, metrics).apply, start="end", pace_s=_DECISIONS_S)
    database = Database(config.postgres, config.postgres_replica)
    snapshots = RedisSnapshots(config.redis)
    await database.open()
    try:
        async with Producer(config.kafka, patience=_CONFIRM_S) as producer:
            yield Deps(
                clients=Clients(database),
                tokens=Tokens(key, url, time.time),
                snapshots=snapshots,
                records=Bets(database),
                producer=producer,
                boards=boards,
                waiting=waiting,
                tails=(prices, back),
                clock=time.time,
                metrics=metrics,
                registry=registry,
                limits=limits,
                explanations=RecordedExplanations(Prices(database), library(config)),
                cash_outs=CashOuts(Operators(database)),
                coherences=Coherences(database),
                portfolios=Portfolios(database),
            )
    finally:
        await snapshots.close()
        await database.close()
