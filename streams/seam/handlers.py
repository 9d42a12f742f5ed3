"""What happens to a turn: with a write-ahead record, without one, and in a sink.

A handler serves one partition of one stage. ``handle`` returns when everything that the turn's chunks caused
is acknowledged; only then may their offsets be committed.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from streams import metrics
from streams.records import Chunk, Record
from streams.seam.changelog import Changelog, ChangelogRecord
from streams.seam.emitter import Ends
from streams.seam.offsets import Offsets
from streams.seam.outcome import FENCE, OWNER, WAL, Frame, Framer, Outcome, encode
from streams.seam.shelf import MemoryShelf, Overlay, Shelf
from streams.seam.work import STAGE_ERROR, StagePart, TooLargeError, Turn, Work, halves, newer
from streams.stage import Outbox, Sink, Stage, Unavailable
from streams.state import Change
from streams.topics import MAX_MESSAGE_BYTES, Latency, latency_of

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


class Handler(Protocol):
    """Handles the chunks of one partition, one turn at a time."""

    async def handle(self, turn: Turn) -> None:
        """Do all that the chunks ask for."""
        ...

    async def settle(self) -> None:
        """Note that no more chunks come, and that nothing is half done."""
        ...


class _Handler:
    def __init__(self, name: str, tools: Tools) -> None:
        self._name = name
        self._tools = tools

    async def settle(self) -> None:
        """Have nothing to note."""

    def _frames(self, work: Work) -> tuple[list[Frame], list[tuple[Latency, int]]]:
        """Return frames of outputs and dead letters, and which latencies end with them."""
        frames, origins = self._tools.framer.outputs(work.outputs)
        ends = [
            (latency, origin)
            for frame, origin in zip(frames, origins, strict=True)
            if (latency := latency_of(frame[0])) is not None
        ]
        return frames + self._tools.framer.dead_letters(work.rejected), ends

    def _count(self, work: Work, ends: list[tuple[Latency, int]]) -> None:
        if ends:
            now = self._tools.framer.clock()
            for latency, origin in ends:
                metrics.LATENCY[latency].observe(max(0, now - origin) / 1e6)
        reasons = Counter((record.topic, reason.partition(":")[0]) for record, reason in work.rejected)
        for (topic, reason), count in reasons.items():
            metrics.REJECTED.labels(self._name, topic, reason).inc(count)


class WriteAheadStage(_Handler):
    """A stage with a table, whose turns happen as a whole or not at all, where that matters to the stage.

    Parameters
    ----------
    shelf : Shelf
        The partition's part of the table, as recovered.
    changelog : Changelog
        How far it has been read.
    topic : str
        The changelog's.
    """

    def __init__(
        self, stage: Stage, shelf: Shelf, changelog: Changelog, topic: str, partition: int, tools: Tools
    ) -> None:
        super().__init__(stage.name, tools)
        self._shelf = shelf
        self._overlay = Overlay(shelf)
        self._part = StagePart(stage, self._overlay, tools.partitions)
        self._loose = stage.loose
        self._changelog = changelog
        self._topic = topic
        self._partition = partition
        self._holds = False
        self.applied: dict[str, int] = {}
        """The highest offset that the table contains, by source topic."""

    async def take_over(self) -> None:
        """Fence off whoever held the partition, and finish what the last write-ahead record says."""
        await self._fence(os.urandom(8))
        ahead = self._changelog.ahead
        changes = self._changelog.unfinished(self._shelf)
        if changes or (ahead is not None and ahead.frames):
            await self._write(changes, ahead.frames if ahead is not None else [])
        self.applied = dict(ahead.applied) if ahead is not None else {}
        self._holds = True
        await self.settle()

    async def _fence(self, owner: bytes) -> None:
        place, now_ms = (self._topic, self._partition), self._tools.framer.clock() // 1000
        ends = await self._tools.writer.write([(*place, FENCE, owner, now_ms, [])])
        if self._changelog.end < ends[place]:
            # written after the recovery but before the fence, by one who held the partition then: it counts
            records = await self._tools.look(*place, self._changelog.end, ends[place])
            self._changelog.read(records, self._shelf)
        self._changelog.owner, self._changelog.end = owner, ends[place] + 1

    async def _write(self, changes: Sequence[Change], others: Sequence[Frame]) -> None:
        """Write records of the changelog, with other frames after them; see that nobody wrote between."""
        now_ms = self._tools.framer.clock() // 1000
        headers = [(OWNER, self._changelog.owner)]
        own: list[Frame] = [(self._topic, self._partition, k, v, now_ms, headers) for k, v in changes]
        ends = await self._tools.writer.write([*own, *others])
        if own:
            begin, self._changelog.end = self._changelog.end, ends[self._topic, self._partition] + 1
            if self._changelog.end != begin + len(own):
                await self._see_who_else_wrote(begin)

    async def _see_who_else_wrote(self, begin: int) -> None:
        """Stop if the partition is another worker's now; else put right what another one wrote."""
        place = (self._topic, self._partition)
        records = await self._tools.look(*place, begin, self._changelog.end)
        keys = self._changelog.foreign(records)
        log.warning("another worker wrote to a changelog", topic=place[0], partition=place[1], keys=len(keys))
        await self._write([(key, self._overlay.get(key)) for key in sorted(keys)], [])

    async def handle(self, turn: Turn) -> None:
        """Process, write ahead, then write outputs and changes."""
        fresh = []
        for chunk in turn:
            left = newer(chunk, self.applied.get(chunk.topic, -1))
            if left is not None:
                fresh.append(left)
        skipped = _records(turn) - _records(fresh)
        if skipped:
            metrics.SKIPPED.labels(self._name).inc(skipped)
        if fresh:
            await self._handle(fresh)

    async def _handle(self, turn: Turn) -> None:
        work = _timed(self._name, self._part, turn)
        if work.size() > MAX_MESSAGE_BYTES:
            self._part.undo()
            parts = halves(turn)
            if len(parts) > 1:
                for part in parts:
                    await self._handle(part)
                return
            work = self._part.failed(turn[0].records[0], TooLargeError(f"an outcome of {work.size()} bytes"))
        self._tools.at_step("processed")
        applied = {**self.applied, **{chunk.topic: chunk.records[-1].offset for chunk in turn}}
        frames, ends = self._frames(work)
        if work.is_only(self._loose):
            if frames or work.changes:
                await self._at_once(work.changes, frames)
        else:
            await self._ahead(Outcome(applied, work.changes, frames))
            self._overlay.discard()
            self._tools.at_step("written_ahead")
            await self._write(work.changes, frames)
        self._count(work, ends)
        self.applied = applied
        self._tools.at_step("sent")

    async def _ahead(self, outcome: Outcome) -> None:
        place = self._changelog.end
        await self._write([(WAL, encode(outcome))], [])
        self._changelog.ahead = outcome
        self._shelf.write(outcome.changes)
        self._shelf.mark(place, self._changelog.owner)

    async def _at_once(self, changes: list[Change], frames: list[Frame]) -> None:
        """Write what may as well happen in part; before it, that the turns before are done with.

        Else a recovery would put what the last write-ahead record says over what is written here.
        """
        place, settled = self._changelog.end, Outcome(dict(self.applied), [], [])
        await self._write([(WAL, encode(settled)), *changes], frames)
        self._changelog.ahead = settled
        self._overlay.keep()
        self._shelf.mark(place, self._changelog.owner)

    async def settle(self) -> None:
        """Write that the last write-ahead record is done with, so that nothing of it is sent again."""
        ahead = self._changelog.ahead
        if not self._holds or (ahead is None and not self.applied):
            return
        settled = Outcome(dict(self.applied), [], [])
        if ahead != settled:
            await self._ahead(settled)


class StatelessStage(_Handler):
    """A stage that remembers nothing."""

    def __init__(self, stage: Stage, tools: Tools) -> None:
        super().__init__(stage.name, tools)
        self._part = StagePart(stage, Overlay(MemoryShelf()), tools.partitions)

    async def handle(self, turn: Turn) -> None:
        """Process, then write outputs."""
        work = _timed(self._name, self._part, turn)
        self._tools.at_step("processed")
        frames, ends = self._frames(work)
        await self._tools.writer.write(frames)
        self._count(work, ends)
        self._tools.at_step("sent")


class SinkHandler(_Handler):
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
        frames, ends = self._frames(work)
        await self._tools.writer.write(frames)
        self._count(work, ends)
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


def _timed(name: str, part: StagePart, turn: Turn) -> Work:
    with metrics.CHUNK_SECONDS.labels(name).time():
        return part.work(turn)


def _records(turn: Turn) -> int:
    return sum(len(chunk.records) for chunk in turn)
