"""One lane per partition: its chunks in order, one at a time, while other lanes wait for the broker."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from streams import metrics
from streams.records import Chunk
from streams.seam.handlers import Handler

Done = Callable[[], None]
"""Called when a chunk is done with."""

_FULL_CHUNKS = 4


class Lane:
    """The chunks of one partition of a stage.

    Parameters
    ----------
    on_failure : callable
        Called when a chunk failed for good; the lane does nothing more then.
    most : int
        Records that are handled as one chunk.
    """

    def __init__(
        self, stage: str, handler: Handler, on_failure: Callable[[BaseException], None], most: int
    ) -> None:
        self.handler = handler
        self.progress = time.monotonic()
        """When it last finished a chunk or was idle."""
        self._stage = stage
        self._on_failure = on_failure
        self._most = most
        self._waiting: deque[tuple[Chunk, Done]] = deque()
        self._records = 0
        self._running: asyncio.Task[None] | None = None
        self._stopped = False

    def put(self, chunk: Chunk, done: Done) -> None:
        """Let the chunk follow those before it."""
        if self._stopped:
            return
        self._waiting.append((chunk, done))
        self._records += len(chunk.records)
        if self._running is None:
            self.progress = time.monotonic()
            self._running = asyncio.get_running_loop().create_task(self._run())

    @property
    def full(self) -> bool:
        """Whether no more chunks should come for now."""
        return self._records >= _FULL_CHUNKS * self._most

    @property
    def busy(self) -> bool:
        """Whether it has something to do."""
        return self._running is not None

    async def _run(self) -> None:
        try:
            while self._waiting and not self._stopped:
                chunk, done = self._next()
                await self._one(chunk)
                for each in done:
                    each()
                self.progress = time.monotonic()
        except Exception as error:
            self._stopped = True
            self._on_failure(error)
        finally:
            self._running = None

    def _next(self) -> tuple[Chunk, list[Done]]:
        """Return the next chunk, with what waits behind it of its topic.

        A chunk costs two turns with the broker, however long it is: a lane that has fallen behind catches up
        by longer chunks.
        """
        first, done = self._waiting.popleft()
        records, all_done = list(first.records), [done]
        others: deque[tuple[Chunk, Done]] = deque()
        room = True
        for chunk, its_done in self._waiting:
            room = room and (chunk.topic != first.topic or len(records) + len(chunk.records) <= self._most)
            if room and chunk.topic == first.topic:
                records += chunk.records
                all_done.append(its_done)
            else:
                others.append((chunk, its_done))
        self._waiting = others
        self._records -= len(records)
        return Chunk(first.topic, first.partition, records), all_done

    async def _one(self, chunk: Chunk) -> None:
        with metrics.CHUNK_TURNAROUND.labels(self._stage).time():
            await self.handler.handle(chunk)
        metrics.CHUNK_RECORDS.labels(self._stage).observe(len(chunk.records))
        metrics.RECORDS.labels(self._stage, chunk.topic).inc(len(chunk.records))

    def stop(self) -> None:
        """Drop what waits; the chunk that is being handled goes on."""
        self._stopped = True
        self._waiting.clear()
        self._records = 0

    async def idle(self) -> None:
        """Return when no chunk is being handled."""
        running = self._running
        if running is not None:
            await asyncio.shield(running)

    def cancel(self) -> None:
        """Leave the chunk that is being handled undone; it is not acked."""
        self.stop()
        if self._running is not None:
            self._running.cancel()
