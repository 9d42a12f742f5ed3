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
    """

    def __init__(self, stage: str, handler: Handler, on_failure: Callable[[BaseException], None]) -> None:
        self.handler = handler
        self.progress = time.monotonic()
        """When it last finished a chunk or was idle."""
        self._stage = stage
        self._on_failure = on_failure
        self._waiting: deque[tuple[Chunk, Done]] = deque()
        self._running: asyncio.Task[None] | None = None
        self._stopped = False

    def put(self, chunk: Chunk, done: Done) -> None:
        """Let the chunk follow those before it."""
        if self._stopped:
            return
        self._waiting.append((chunk, done))
        if self._running is None:
            self.progress = time.monotonic()
            self._running = asyncio.get_running_loop().create_task(self._run())

    @property
    def full(self) -> bool:
        """Whether no more chunks should come for now."""
        return len(self._waiting) >= _FULL_CHUNKS

    @property
    def busy(self) -> bool:
        """Whether it has something to do."""
        return self._running is not None

    async def _run(self) -> None:
        try:
            while self._waiting and not self._stopped:
                chunk, done = self._waiting.popleft()
                await self._one(chunk)
                done()
                self.progress = time.monotonic()
        except Exception as error:
            self._stopped = True
            self._on_failure(error)
        finally:
            self._running = None

    async def _one(self, chunk: Chunk) -> None:
        with metrics.CHUNK_TURNAROUND.labels(self._stage).time():
            await self.handler.handle(chunk)
        metrics.CHUNK_RECORDS.labels(self._stage).observe(len(chunk.records))
        metrics.RECORDS.labels(self._stage, chunk.topic).inc(len(chunk.records))

    def stop(self) -> None:
        """Drop what waits; the chunk that is being handled goes on."""
        self._stopped = True
        self._waiting.clear()

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
