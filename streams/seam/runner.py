"""Running stages in a process until it is told to end."""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import time
from collections.abc import Sequence
from typing import cast

import structlog
import uvloop

from streams import admin
from streams.seam.app import StageApp
from streams.seam.config import SeamConfig
from streams.seam.emitter import Emitter
from streams.seam.handlers import Tools
from streams.seam.home import Home
from streams.seam.offsets import Offsets
from streams.seam.outcome import Framer
from streams.seam.reader import Fetched, look
from streams.seam.web import Web
from streams.stage import Sink, Stage

log = structlog.get_logger(__name__)

_STOP_S = 4.0
_KAFKA_S = 2.0
_QUIET = ("faust", "aiokafka", "mode", "asyncio")


class WorkerError(RuntimeError):
    """A worker had to stop; what runs it should start it again."""


def run(stages: Sequence[Stage | Sink], config: SeamConfig) -> None:
    """Run stages in this process until SIGTERM or SIGINT, then end within five seconds.

    Parameters
    ----------
    stages : sequence of Stage or Sink
        Each becomes a Faust app and a consumer group of its own, ``overround-<stage>``.

    Raises
    ------
    WorkerError
        When something failed that must not be passed over: a record that the broker refused, a changelog
        with two writers. Nothing is lost; starting again goes on where it stood.
    """
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if not structlog.is_configured():
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    # a chunk makes thousands of objects that live for milliseconds; the default looks at them far too often
    gc.set_threshold(50_000, 20, 100)
    uvloop.run(Worker(stages, config).main())


class Worker:
    """The stages of one process."""

    def __init__(self, stages: Sequence[Stage | Sink], config: SeamConfig) -> None:
        self._stages = stages
        self._config = config
        self._homes = [Home(config.state_dir, stage.name) for stage in stages]
        self._apps: list[StageApp] = []
        self._end = asyncio.Event()

    async def main(self) -> None:
        """Run until told to end."""
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        if not await self._topics():
            return
        config = self._config
        emitter = Emitter(config.kafka, linger_ms=config.linger_ms)
        framer = Framer(config.partitions, config.clock)

        async def looked(topic: str, partition: int, begin: int, end: int) -> Sequence[Fetched]:
            return await asyncio.to_thread(look, config.kafka, topic, partition, begin, end)

        tools = Tools(emitter, looked, Offsets(config.kafka), framer, config.partitions, config.at_step)
        self._apps = [
            StageApp(stage, self._config, tools, home)
            for stage, home in zip(self._stages, self._homes, strict=True)
        ]
        web = Web(self._apps, self._config)
        failure: asyncio.Future[None] = loop.create_future()
        for app in self._apps:
            app.failure = failure
        try:
            url = await web.start()
            self._config.at_step(f"url={url}")
            log.info("worker", stages=[stage.name for stage in self._stages], url=url)
            await self._run(failure, started)
        finally:
            await self._stop(emitter, web)

    async def _topics(self) -> bool:
        """Wait for Kafka and see that all topics are there; tell whether to go on."""
        said = False
        while not self._end.is_set():
            try:
                await asyncio.to_thread(self._check_topics)
            except admin.UnreachableError as error:
                if not said:
                    log.warning("waiting for Kafka", error=str(error))
                    said = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._end.wait(), _KAFKA_S)
            else:
                return True
        return False

    def _check_topics(self) -> None:
        there = {info.name: info.partitions for info in admin.list_topics(self._config.kafka)}
        for stage in self._stages:
            for topic in stage.inputs():
                if topic not in there:
                    raise WorkerError(f"there is no topic {topic}; create it with: overround topics apply")
                if there[topic] != self._config.partitions:
                    raise WorkerError(
                        f"{topic} has {there[topic]} partitions, not {self._config.partitions}; "
                        "set OVERROUND_PARTITIONS to the number that all topics have"
                    )
        tables = [stage.name for stage in self._stages if isinstance(stage, Stage) and stage.kinds]
        admin.apply(
            (),
            self._config.kafka,
            self._config.partitions,
            self._config.replication,
            stages=tables,
            there=there,
        )

    async def _run(self, failure: "asyncio.Future[None]", started: float) -> None:
        end: asyncio.Future[object] = asyncio.ensure_future(self._end.wait())
        starting: asyncio.Future[object] = asyncio.ensure_future(self._start())
        failed = cast("asyncio.Future[object]", failure)
        try:
            await asyncio.wait({end, starting, failed}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not starting.cancelled():
                starting.result()
                gc.freeze()
                log.info("ready", seconds=round(time.monotonic() - started, 2))
                await asyncio.wait({end, failed}, return_when=asyncio.FIRST_COMPLETED)
            if failure.done():
                error = failure.exception()
                raise WorkerError(f"{type(error).__name__}: {error}") from error
        finally:
            end.cancel()
            starting.cancel()

    async def _start(self) -> None:
        for stage in self._stages:
            if isinstance(stage, Sink):
                await stage.start()
        await asyncio.gather(*(app.start() for app in self._apps))

    async def _stop(self, emitter: Emitter, web: Web) -> None:
        try:
            async with asyncio.timeout(_STOP_S):
                await asyncio.gather(*(app.stop() for app in self._apps), return_exceptions=True)
                for stage in self._stages:
                    if isinstance(stage, Sink):
                        await stage.stop()
        except TimeoutError:
            # whatever is half done will be done again: ending like this is as good as any
            log.warning("the stages did not end in time")
        for app in self._apps:
            app.lanes.cancel()
        await web.stop()
        await asyncio.to_thread(emitter.close)
        for home in self._homes:
            home.close()
