"""What a worker shows over HTTP: metrics, health, and its tables."""

import asyncio
import json
import time
from collections.abc import Sequence

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams import metrics
from streams.seam.app import StageApp
from streams.seam.config import SeamConfig
from streams.seam.handlers import SinkHandler

_STALL_S = 120.0
_LINES_AT_ONCE = 1000


class Web:
    """The worker's web server.

    ``/metrics``; ``/health/live`` (every stage made progress lately, or has nothing to do);
    ``/health/ready`` (partitions assigned and tables recovered); ``/tables/<stage>``: a JSON object per line,
    with ``partition``, ``key`` and ``value``.
    """

    def __init__(self, apps: Sequence[StageApp], config: SeamConfig) -> None:
        self._apps = {app.stage_name: app for app in apps}
        self._config = config
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen; return the server's address."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/health/live", self._live),
                web.get("/health/ready", self._ready),
                web.get("/tables/{stage}", self._table),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._config.host, self._config.port).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, _: web.Request) -> web.Response:
        for name, app in self._apps.items():
            for tp, lag in (await app.chunk_consumer.lag()).items():
                metrics.LAG_RECORDS.labels(name, tp.topic, str(tp.partition)).set(lag)
            metrics.PROGRESS.labels(name).set(time.time() - idle_for(app))
        body = generate_latest()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _live(self, _: web.Request) -> web.Response:
        stalled = sorted(name for name, app in self._apps.items() if idle_for(app) > _STALL_S)
        return _health("stalled", stalled)

    async def _ready(self, _: web.Request) -> web.Response:
        return _health("waiting_for", sorted(name for name, app in self._apps.items() if not app.ready))

    async def _table(self, request: web.Request) -> web.StreamResponse:
        app = self._apps.get(request.match_info["stage"])
        if app is None or app.state_table is None:
            raise web.HTTPNotFound(text="no such table here\n")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        store = app.state_table.shelves
        for partition in store.partitions():
            lines: list[str] = []
            for key, value in list(store.items_of(partition)):
                line = {"partition": partition, "key": key.decode(), "value": json.loads(value)}
                lines.append(json.dumps(line, separators=(",", ":")) + "\n")
                if len(lines) == _LINES_AT_ONCE:
                    await response.write("".join(lines).encode())
                    lines.clear()
                    await asyncio.sleep(0)
            await response.write("".join(lines).encode())
        await response.write_eof()
        return response


def idle_for(app: StageApp) -> float:
    """Return for how many seconds a stage has had work and finished none of it."""
    now, longest = time.monotonic(), 0.0
    for lane in app.lanes.by_partition.values():
        if lane.busy:
            last = lane.progress
            if isinstance(lane.handler, SinkHandler):
                last = max(last, lane.handler.last_try)
            longest = max(longest, now - last)
    return longest


def _health(what: str, stages: list[str]) -> web.Response:
    status = 503 if stages else 200
    return web.json_response({"status": "ok" if not stages else what, what: stages}, status=status)
