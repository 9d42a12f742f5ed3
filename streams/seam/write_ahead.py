"""A stage with a table: a turn happens as a whole or not at all, where that matters to the stage.

A turn goes through three steps. The stage processes it; its outcome is written ahead as one record of the
changelog (see docs/decisions/0001); then its outputs are sent. The next turn is processed while the outputs
of the one before are on their way, and is written ahead when they are acknowledged: so the last write-ahead
record is always all that a recovery has to finish. The values that a turn changed become records of their
own just before the next write-ahead record, in the same request; until then that record holds them.
"""

import asyncio
import os
from collections.abc import Awaitable, Sequence

import structlog

from streams import metrics
from streams.records import Chunk
from streams.seam.changelog import Changelog
from streams.seam.handlers import BaseHandler, Sent, Tools, timed
from streams.seam.outcome import FENCE, OWNER, WAL, Frame, Outcome, encode
from streams.seam.shelf import Overlay, Shelf
from streams.seam.work import StagePart, TooLargeError, Turn, Work, halves, newer
from streams.stage import Stage
from streams.state import Change
from streams.topics import MAX_MESSAGE_BYTES, Latency

log = structlog.get_logger(__name__)


class WriteAheadStage(BaseHandler):
    """Handles one partition of a stage with a table.

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
        self._unwritten: list[Change] = []
        self._sending: Sent | None = None
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
        await self._write([(key, self._overlay.written(key)) for key in sorted(keys)], [])

    async def handle(self, turn: Turn) -> Sent | None:
        """Process and write ahead; what is returned are the outputs on their way."""
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
        return self._sending

    async def _handle(self, turn: Turn) -> None:
        work = timed(self._name, self._part, turn)
        if work.size() > MAX_MESSAGE_BYTES:
            self._part.undo()
            parts = halves(turn)
            if len(parts) > 1:
                for part in parts:
                    await self._handle(part)
                return
            work = self._part.failed(turn[0].records[0], TooLargeError(f"an outcome of {work.size()} bytes"))
        self._tools.at_step("processed")
        before, self.applied = self.applied, _after(self.applied, turn)
        frames, ends = self.frames(work)
        if not work.is_only(self._loose):
            await self._sent()
            await self._ahead(Outcome(self.applied, work.changes, frames))
            self._overlay.discard()
            self._tools.at_step("written_ahead")
            self._send(self._tools.writer.write(frames), work, ends)
        elif frames or work.changes:
            await self._sent()
            self._overlay.hand_over()
            self._send(self._at_once(before, work.changes, frames), work, ends)
        else:
            self.count(work, ends)

    def _send(self, writing: Awaitable[object], work: Work, ends: list[tuple[Latency, int]]) -> None:
        async def send() -> None:
            await writing
            self.count(work, ends)
            self._tools.at_step("sent")

        self._sending = asyncio.get_running_loop().create_task(send())

    async def _sent(self) -> None:
        """Return when the outputs of the turn before are acknowledged."""
        if self._sending is not None:
            await self._sending

    async def _ahead(self, outcome: Outcome) -> None:
        place = self._changelog.end
        await self._write([*self._unwritten, (WAL, encode(outcome))], [])
        self._changelog.ahead, self._unwritten = outcome, outcome.changes
        self._shelf.write(outcome.changes)
        self._shelf.mark(place, self._changelog.owner)

    async def _at_once(self, applied: dict[str, int], changes: list[Change], frames: list[Frame]) -> None:
        """Write what may as well happen in part; before it, that the turns before are done with.

        Else a recovery would put what the last write-ahead record says over what is written here.
        """
        place, settled = self._changelog.end, Outcome(applied, [], [])
        await self._write([*self._unwritten, (WAL, encode(settled)), *changes], frames)
        self._changelog.ahead, self._unwritten = settled, []
        self._overlay.keep()
        self._shelf.mark(place, self._changelog.owner)

    async def settle(self) -> None:
        """Write that the last write-ahead record is done with, so that nothing of it is sent again."""
        await self._sent()
        ahead = self._changelog.ahead
        if not self._holds or (ahead is None and not self.applied):
            return
        settled = Outcome(self.applied, [], [])
        if ahead != settled:
            await self._ahead(settled)


def _after(applied: dict[str, int], turn: Turn) -> dict[str, int]:
    return {**applied, **{chunk.topic: chunk.records[-1].offset for chunk in turn}}


def _records(turn: Sequence[Chunk]) -> int:
    return sum(len(chunk.records) for chunk in turn)
