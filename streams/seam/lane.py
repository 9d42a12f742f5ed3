"""One lane per partition: its chunks in order, one turn at a time, while other lanes wait for the broker."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from streams import metrics
from streams.records import Chunk, Record
from streams.seam.handlers import Handler, Sent
from streams.seam.work import Turn

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
        Records that are handled in one turn.
    """

    def __init__(
        self, stage: str, handler: Handler, on_failure: Callable[[BaseException], None], most: int
    ) -> None:
        self.handler = handler
        self.progress = time.monotonic()
        """When it last finished a turn or was idle."""
        self._stage = stage
        self._on_failure = on_failure
        self._most = most
        self._waiting: deque[tuple[Chunk, Done]] = deque()
        self._records = 0
        self._running: asyncio.Task[None] | None = None
        self._on_its_way: Sent | None = None
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
        """Whether it has something to do, or on its way to the broker."""
        return self._running is not None or self._on_its_way is not None

    async def _run(self) -> None:
        try:
            while self._waiting and not self._stopped:
                await self._one(*self._next())
        except Exception as error:
            self._fail(error)
        finally:
            self._running = None

    def _next(self) -> tuple[Turn, list[Done]]:
        """Return what waits, as far as one turn may take it: a chunk of each topic, in the order of arrival.

        A turn costs two trips to the broker, however long it is: a lane that has fallen behind catches up
        by longer turns, and a topic does not wait for the turns of others.
        """
        records: dict[str, list[Record]] = {}
        done: list[Done] = []
        taken, partition = 0, self._waiting[0][0].partition
        while self._waiting:
            chunk, its_done = self._waiting[0]
            if done and taken + len(chunk.records) > self._most:
                break
            self._waiting.popleft()
            records.setdefault(chunk.topic, []).extend(chunk.records)
            done.append(its_done)
            taken += len(chunk.records)
        self._records -= taken
        return [Chunk(topic, partition, found) for topic, found in records.items()], done

    async def _one(self, turn: Turn, done: list[Done]) -> None:
        began = time.perf_counter()
        sent = await self.handler.handle(turn)
        if sent is None:
            self._finish(turn, done, began)
        else:
            self._on_its_way = sent
            sent.add_done_callback(partial(self._sent, turn, done, began))

    def _sent(self, turn: Turn, done: list[Done], began: float, sent: Sent) -> None:
        if self._on_its_way is sent:
            self._on_its_way = None
        if not sent.cancelled():
            error = sent.exception()
            if error is None:
                self._finish(turn, done, began)
            else:
                self._fail(error)

    def _finish(self, turn: Turn, done: list[Done], began: float) -> None:
        metrics.CHUNK_TURNAROUND.labels(self._stage).observe(time.perf_counter() - began)
        for chunk in turn:
            metrics.RECORDS.labels(self._stage, chunk.topic).inc(len(chunk.records))
        metrics.CHUNK_RECORDS.labels(self._stage).observe(sum(len(chunk.records) for chunk in turn))
        for each in done:
            each()
        self.progress = time.monotonic()

    def _fail(self, error: BaseException) -> None:
        self._stopped = True
        self._on_failure(error)

    def stop(self) -> None:
        """Drop what waits; the turn that is being handled goes on."""
        self._stopped = True
        self._waiting.clear()
        self._records = 0

    async def idle(self) -> None:
        """Return when no turn is being handled or on its way."""
        while (busy := self._running or self._on_its_way) is not None:
            await asyncio.wait({busy})

    def cancel(self) -> None:
        """Leave what is being handled undone; it is not acked."""
        self.stop()
        for busy in (self._running, self._on_its_way):
            if busy is not None:
                busy.cancel()
