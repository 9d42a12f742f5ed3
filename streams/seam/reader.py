"""The thread that reads from Kafka: librdkafka's consumer, one batch at a time, handed to the event loop.

Whatever touches the consumer runs on this thread, between two reads, in the order in which it was asked for.
The library lets one thread at a time use a consumer, and one that polls in a loop leaves the others no gap.
The order has a use of its own: a batch that reaches the loop before the answer to such a request was read
before it, and one that comes after was read after it; neither can be taken for the other.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.records import Headers

log = structlog.get_logger(__name__)

T = TypeVar("T")

Place = tuple[str, int]
"""Topic and partition."""

_IDLE_S = 0.1
_BUSY_S = 0.01
_STUCK_S = 0.25
_LIST_S = 5.0
_LOOK_S = 30.0
_LOG_LEVEL = 2


class Fetched:
    """A record as librdkafka has it; what is not asked for is not copied."""

    __slots__ = ("_message", "offset", "partition", "topic")

    def __init__(self, topic: str, partition: int, offset: int, message: Message) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self._message = message

    @property
    def timestamp(self) -> int:
        """UTC milliseconds."""
        return self._message.timestamp()[1]

    @property
    def key(self) -> bytes | None:
        """The record's key."""
        return self._message.key()

    @property
    def value(self) -> bytes | None:
        """The record's value."""
        return self._message.value()

    @property
    def headers(self) -> Headers:
        """Pairs of name and value; a header without a value has an empty one."""
        found = self._message.headers()
        if not found:
            return ()
        pairs = found.items() if isinstance(found, dict) else found
        return [(name, value if isinstance(value, bytes) else b"") for name, value in pairs]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one read brought of one partition.

    Parameters
    ----------
    records : sequence of Fetched
        In order; empty where only the end was seen.
    end : int
        The partition has nothing below this offset that has not been handed over.
    """

    place: Place
    records: Sequence[Fetched]
    end: int


class Listener(Protocol):
    """Hears of what the reader meets; called on the event loop."""

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """Take what was read."""
        ...

    def crowded(self) -> None:
        """Note that reading stands still because too much is not done with."""
        ...

    async def revoked(self, gone: set[Place], *, lost: bool) -> Mapping[Place, int]:
        """Let go of all partitions and return offsets to commit.

        Another worker may have the partitions when this returns, or has them already if they are lost.
        """
        ...

    def assigned(self, got: set[Place]) -> None:
        """Note which partitions are this worker's now."""
        ...

    def committed(self, offsets: Mapping[Place, int], error: str | None) -> None:
        """Note that the broker has taken offsets, or why not."""
        ...

    def failed(self, error: BaseException) -> None:
        """Note that there will be no more reading."""
        ...


class Reader(threading.Thread):
    """Reads for one stage.

    Parameters
    ----------
    config : mapping
        For librdkafka.
    chunk : int
        The most records of one read.
    room : int
        Reading pauses while this many records are handed over and not done with.
    pace_s : float
        The least time between two reads that bring something, in seconds.
    """

    def __init__(
        self,
        config: Mapping[str, str | int | float | bool],
        listener: Listener,
        loop: asyncio.AbstractEventLoop,
        *,
        chunk: int,
        room: int,
        pace_s: float,
    ) -> None:
        super().__init__(name=f"reader-{config['group.id']}", daemon=True)
        self._listener = listener
        self._loop = loop
        self._chunk = chunk
        self._room = room
        self._pace_s = pace_s
        self._topics: list[str] = []
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._space = threading.Event()
        self._space.set()
        self._outstanding = 0
        self._lock = threading.Lock()
        self.settled = False
        """While false, the reader answers requests quickly at the cost of some idle turns."""
        self._client = Consumer(
            {
                **config,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "on_commit": self._on_commit,
                "error_cb": self._on_error,
            }
        )

    def begin(self, topics: Sequence[str]) -> None:
        """Join the group and start to read."""
        self._topics = list(topics)
        self.start()

    async def ask(self, request: Callable[[Consumer], T]) -> T:
        """Run ``request`` between two reads; what was read before it has arrived when this returns."""
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(request(self._client))
            except Exception as error:
                answer.set_exception(error)

        self._asked.put(run)
        return await asyncio.wrap_future(answer)

    def soon(self, request: Callable[[Consumer], object]) -> None:
        """Run ``request`` between two reads; it must not raise."""
        self._asked.put(lambda: cast(None, request(self._client)))

    def done(self, records: int) -> None:
        """Note that records are done with, in whatever way."""
        with self._lock:
            self._outstanding -= records
            if self._outstanding < self._room:
                self._space.set()

    def reset(self) -> None:
        """Note that everything that was handed over is done with."""
        with self._lock:
            self._outstanding = 0
            self._space.set()

    def end(self) -> None:
        """Ask the thread to leave the group and end; does not wait."""
        self._ending.set()
        self._space.set()

    def run(self) -> None:
        """Read until the end."""
        try:
            with contextlib.suppress(KafkaException):
                # a changelog that is assigned and not known yet would be asked for a second later only
                self._client.list_topics(timeout=_LIST_S)
            self._client.subscribe(
                self._topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
            )
            while not self._ending.is_set():
                self._answer()
                if not self._space.wait(_STUCK_S):
                    self._call(self._listener.crowded)
                self._read()
        except BaseException as error:
            if not self._ending.is_set():
                self._call(self._listener.failed, error)
        finally:
            self._ending.set()
            self._answer()
            with contextlib.suppress(Exception):
                self._client.close()

    def _answer(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()()

    def _read(self) -> None:
        first = self._client.poll(_IDLE_S if self.settled else _BUSY_S)
        if first is None:
            return
        started = time.monotonic()
        messages = [first, *self._client.consume(self._chunk - 1, 0.0)]
        arrivals = _sorted(messages)
        if not arrivals:
            return
        records = sum(len(arrival.records) for arrival in arrivals)
        with self._lock:
            self._outstanding += records
            if self._outstanding >= self._room:
                self._space.clear()
        self._call(self._listener.arrived, arrivals)
        rest = self._pace_s - (time.monotonic() - started)
        if records and rest > 0:
            self._ending.wait(rest)

    def _on_assign(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        self.settled = False
        client.assign([])  # nothing is read before the tables are there
        self._call(self._listener.assigned, {(p.topic, p.partition) for p in partitions})

    def _on_revoke(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        self._let_go(client, partitions, lost=False)

    def _on_lost(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        self._let_go(client, partitions, lost=True)

    def _let_go(self, client: Consumer, partitions: list[TopicPartition], *, lost: bool) -> None:
        self.settled = False
        if not self._ending.is_set():
            gone = {(p.topic, p.partition) for p in partitions}
            answer = asyncio.run_coroutine_threadsafe(self._listener.revoked(gone, lost=lost), self._loop)
            while not answer.done() and not self._ending.is_set():
                with contextlib.suppress(TimeoutError):
                    answer.exception(_STUCK_S)
            if answer.done() and answer.exception() is None:
                commit(client, answer.result())
        client.unassign()

    def _on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        said = error.str() if error is not None else None
        offsets = {(p.topic, p.partition): p.offset for p in partitions if p.error is None}
        self._call(self._listener.committed, offsets, said)
        if error is not None and (error.fatal() or error.code() == KafkaError.FENCED_INSTANCE_ID):
            # librdkafka is of no use after this, and says so here alone; a broker that was killed may have
            # forgotten which member we were
            self._call(self._listener.failed, KafkaException(error))

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._call(self._listener.failed, KafkaException(error))

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(function, *arguments)


def look(kafka: str, topic: str, partition: int, begin: int, end: int) -> list[Fetched]:
    """Return the records from offset ``begin`` up to ``end``, which is left out; blocks until it has them."""
    client = Consumer({"bootstrap.servers": kafka, "group.id": "overround-look", "log_level": _LOG_LEVEL})
    found: list[Fetched] = []
    try:
        client.assign([TopicPartition(topic, partition, begin)])
        deadline = time.monotonic() + _LOOK_S
        while not found or found[-1].offset < end - 1:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic}[{partition}] could not be read")
            for message in client.consume(end - begin, _STUCK_S):
                offset = message.offset()
                if message.error() is None and offset is not None and offset < end:
                    found.append(Fetched(topic, partition, offset, message))
    finally:
        client.close()
    return found


def commit(client: Consumer, offsets: Mapping[Place, int]) -> None:
    """Commit offsets and wait for the broker's answer."""
    if offsets:
        try:
            client.commit(offsets=placed(offsets), asynchronous=False)
        except KafkaException as error:
            log.warning("offsets were not committed", error=str(error))


def placed(offsets: Mapping[Place, int]) -> list[TopicPartition]:
    """Return offsets as librdkafka takes them."""
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]


def _sorted(messages: Sequence[Message]) -> list[Arrival]:
    """Return messages by partition, in the order in which the partitions first appear."""
    found: dict[Place, list[Fetched]] = {}
    ends: dict[Place, int] = {}
    place: Place = ("", -1)
    records: list[Fetched] = []
    for message in messages:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        error = message.error()
        if topic is None or partition is None or offset is None:
            if error is not None and error.fatal():
                raise KafkaException(error)
            continue
        if partition != place[1] or topic != place[0]:
            place = (topic, partition)
            records = found.setdefault(place, [])
        if error is None:
            records.append(Fetched(topic, partition, offset, message))
            ends[place] = offset + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            ends[place] = offset
    return [Arrival(place, found[place], end) for place, end in ends.items()]
