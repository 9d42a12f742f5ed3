"""What happens to a turn: in a stage that remembers nothing, and in a sink.

A handler serves one partition of one stage; the one of a stage with a table is in ``write_ahead``.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from streams import metrics
from streams.records import Chunk, Record
from streams.seam.changelog import ChangelogRecord
from streams.seam.emitter import Ends
from streams.seam.offsets import Offsets
from streams.seam.outcome import Frame, Framer
from streams.seam.shelf import MemoryShelf, Overlay
from streams.seam.work import STAGE_ERROR, StagePart, Turn, Work
from streams.stage import Outbox, Sink, Stage, Unavailable
from streams.topics import Latency, latency_of

log = structlog.get_logger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class Writer(Protocol):
    """Writes frames, and knows when the broker has them."""

    async def write(self, frames: Sequence[Frame]) -> Ends:
        """Return the last offset by topic and partition, when all is acknowledged."""
        ...


Look = Callable[[str, int, int, int], Awaitable[Sequence[ChangelogRecord]]]
"""Returns the records of a topic and partition from one offset to another, the last left out."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What all handlers of a stage share."""

    writer: Writer
    look: Look
    offsets: Offsets
    framer: Framer
    partitions: int
    at_step: Callable[[str], None]


Sent = asyncio.Future[None]
"""Done when all that a turn caused is acknowledged, so that its offsets may be committed."""


class Handler(Protocol):
    """Handles the chunks of one partition, one turn at a time."""

    async def handle(self, turn: Turn) -> Sent | None:
        """Do what the chunks ask for; return when the next turn may come.

        What is still on its way then is returned, None if nothing is; turns are sent in their order.
        """
        ...

    async def settle(self) -> None:
        """Note that no more chunks come, and that nothing is half done."""
        ...


class BaseHandler:
    """What handlers have in common."""

    def __init__(self, name: str, tools: Tools) -> None:
        self._name = name
        self._tools = tools

    async def settle(self) -> None:
        """Have nothing to note."""

    def frames(self, work: Work) -> tuple[list[Frame], list[tuple[Latency, int]]]:
        """Return frames of outputs and dead letters, and which latencies end with them."""
        frames, origins = self._tools.framer.outputs(work.outputs)
        ends = [
            (latency, origin)
            for frame, origin in zip(frames, origins, strict=True)
            if origin is not None and (latency := latency_of(frame[0])) is not None
        ]
        return frames + self._tools.framer.dead_letters(work.rejected), ends

    def count(self, work: Work, ends: list[tuple[Latency, int]]) -> None:
        """Count dead letters, and observe the latencies that ended."""
        if ends:
            now = self._tools.framer.clock()
            for latency, origin in ends:
                metrics.LATENCY[latency].observe(max(0, now - origin) / 1e6)
        reasons = Counter((record.topic, reason.partition(":")[0]) for record, reason in work.rejected)
        for (topic, reason), count in reasons.items():
            metrics.REJECTED.labels(self._name, topic, reason).inc(count)


class StatelessStage(BaseHandler):
    """A stage that remembers nothing."""

    def __init__(self, stage: Stage, tools: Tools) -> None:
        super().__init__(stage.name, tools)
        self._part = StagePart(stage, Overlay(MemoryShelf()), tools.partitions)

    async def handle(self, turn: Turn) -> None:
        """Process, then write outputs."""
        work = timed(self._name, self._part, turn)
        self._tools.at_step("processed")
        frames, ends = self.frames(work)
        await self._tools.writer.write(frames)
        self.count(work, ends)
        self._tools.at_step("sent")


class SinkHandler(BaseHandler):
    """A sink: tried again for ever while the service behind it does not answer."""

    def __init__(self, sink: Sink, tools: Tools) -> None:
        super().__init__(sink.name, tools)
        self._sink = sink
        self.last_try = time.monotonic()
        """When the service was last asked; it lives as long as it is."""

    async def handle(self, turn: Turn) -> None:
        """Carry the chunks out one after another, then write dead letters."""
        for chunk in turn:
            await self._handle(chunk)

    async def _handle(self, chunk: Chunk) -> None:
        out = Outbox(self._tools.partitions)
        try:
            await self._carry(chunk, out)
        except Unavailable:
            raise
        except Exception as error:
            out = await self._one_by_one(chunk, error)
        work = Work(outputs=out.outputs, rejected=out.rejected)
        frames, ends = self.frames(work)
        await self._tools.writer.write(frames)
        self.count(work, ends)
        self._tools.at_step("sent")

    async def _carry(self, chunk: Chunk, out: Outbox) -> None:
        pause = _FIRST_PAUSE_S
        gauge = metrics.UNAVAILABLE.labels(self._name)
        while True:
            self.last_try = time.monotonic()
            try:
                await self._sink.process(chunk, out)
            except Unavailable as error:
                if pause == _FIRST_PAUSE_S:
                    log.warning("a service does not answer", sink=self._name, error=str(error))
                    gauge.set(1)
                out.outputs.clear()
                out.rejected.clear()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                if pause != _FIRST_PAUSE_S:
                    log.info("the service answers again", sink=self._name)
                    gauge.set(0)
                return

    async def _one_by_one(self, chunk: Chunk, first: Exception) -> Outbox:
        total = Outbox(self._tools.partitions)
        for record in chunk.records:
            out = Outbox(self._tools.partitions)
            try:
                await self._carry(Chunk(chunk.topic, chunk.partition, (record,)), out)
            except Exception as error:
                self._log_failure(record, error)
                out = Outbox(self._tools.partitions)
                out.reject(record, f"{STAGE_ERROR}: {type(error).__name__}: {error}"[:1000])
            total.outputs += out.outputs
            total.rejected += out.rejected
        if not total.rejected:
            log.warning("a sink failed on a chunk, not on its records", sink=self._name, exc_info=first)
        return total

    def _log_failure(self, record: Record, error: Exception) -> None:
        log.error(
            "a sink failed on a record",
            sink=self._name,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            exc_info=error,
        )


def timed(name: str, part: StagePart, turn: Turn) -> Work:
    """Return what the stage makes of a turn, and observe how long it took."""
    with metrics.CHUNK_SECONDS.labels(name).time():
        return part.work(turn)
