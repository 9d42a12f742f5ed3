"""A reader without a consumer group: every process that tails a topic sees all of it.

It assigns itself every partition, commits nothing, and hands batches to a function on the event loop. The
next batch is fetched when that function has returned, so a slow reader gets larger batches, not a queue.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streams.fetching import fetching
from streams.records import PlainRecord

log = logging.getLogger(__name__)

Handle = Callable[[Sequence[PlainRecord]], None]

_BATCH = 1000
_POLL_S = 0.2
_PROBE_S = 2.0
_CALL_S = 5.0


class Tail:
    """Follows topics from their beginning or their end until it is stopped.

    It outlives broker restarts, and topics that do not exist yet are waited for.

    Parameters
    ----------
    servers : str
        Bootstrap servers.
    topics : sequence of str
        What to read, all partitions of each.
    handle : callable
        Called on the event loop with each batch, in order within a partition.
    start : str
        ``beginning``, or ``end``: only what is written after ``opened`` is seen for certain.
    pace_s : float
        Least seconds between two batches once the end has been reached: fewer, larger ones cost less.
    config : mapping, optional
        More settings for librdkafka.
    """

    def __init__(
        self,
        servers: str,
        topics: Sequence[str],
        handle: Handle,
        *,
        start: Literal["beginning", "end"],
        pace_s: float = 0.002,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.topics = tuple(topics)
        self._handle = handle
        self._from = start
        self._pace_s = pace_s
        self._config: dict[str, Any] = {
            "bootstrap.servers": servers,
            "group.id": "overround-tail",  # never joined: the client only insists on a name
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            **fetching(pace_s),
            "topic.metadata.refresh.interval.ms": 10_000,  # a restarted broker is known anew within that
            "reconnect.backoff.max.ms": 1000,
            "logger": log,
            **(config or {}),
        }
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opened = asyncio.Event()
        self._ended = asyncio.Event()
        self._missing: set[tuple[str, int]] = set()
        self._healthy = False
        self._probe_at = 0.0
        self._failure: BaseException | None = None

    @property
    def opened(self) -> bool:
        """Whether the start positions are fixed."""
        return self._opened.is_set()

    @property
    def at_end(self) -> bool:
        """Whether every partition's end has been reached once since the start."""
        return self._ended.is_set()

    @property
    def healthy(self) -> bool:
        """Whether the broker answered when last asked; asked every two seconds when nothing comes."""
        return self._healthy and self._failure is None

    @property
    def failure(self) -> BaseException | None:
        """What ended the tail, if it has ended by itself."""
        return self._failure

    async def start(self) -> None:
        """Start reading; returns before the broker has answered."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name=f"tail {self.topics[0]}", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Stop reading; nothing is handled after this has returned."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def wait_opened(self) -> None:
        """Wait until the start positions are fixed."""
        await self._opened.wait()

    async def wait_end(self) -> None:
        """Wait until every partition's end has been reached once."""
        await self._ended.wait()

    def _run(self) -> None:
        consumer = Consumer(self._config)
        try:
            self._open(consumer)
            while not self._stop.is_set():
                self._step(consumer)
        except Exception as error:
            self._failure = error
            log.exception("tail of %s ended", ", ".join(self.topics))
        finally:
            consumer.close()

    def _open(self, consumer: Consumer) -> None:
        while not self._stop.is_set():
            try:
                starts = [part for topic in self.topics for part in self._starts(consumer, topic)]
            except KafkaException as error:
                self._healthy = False
                log.info("tail of %s waits: %s", ", ".join(self.topics), error)
                self._stop.wait(0.5)
                continue
            self._missing = {(part.topic, part.partition) for part in starts}
            consumer.assign(starts)
            self._healthy = True
            self._call(self._opened.set)
            return

    def _starts(self, consumer: Consumer, topic: str) -> list[TopicPartition]:
        found = consumer.list_topics(topic, timeout=_CALL_S).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return [
            TopicPartition(topic, number, self._first(consumer, topic, number)) for number in found.partitions
        ]

    def _first(self, consumer: Consumer, topic: str, number: int) -> int:
        if self._from == "beginning":
            return OFFSET_BEGINNING
        # OFFSET_END would be resolved later, and what is written until then would be missed
        return consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_CALL_S)[1]

    def _step(self, consumer: Consumer) -> None:
        messages = consumer.consume(1, _POLL_S)
        if not messages:
            self._probe(consumer)
            return
        messages += consumer.consume(_BATCH - 1, 0)
        read_at = time.monotonic()
        records: list[PlainRecord] = []
        ends: set[tuple[str, int]] = set()
        for message in messages:
            error = message.error()
            if error is None:
                records.append(plain(message))
            elif error.code() == KafkaError._PARTITION_EOF:
                ends.add((str(message.topic()), int(message.partition() or 0)))
            else:
                log.warning("tail of %s: %s", ", ".join(self.topics), error.str())
        if records or ends:
            self._healthy = True
            self._probe_at = time.monotonic() + _PROBE_S
        if records:
            self._call(lambda: self._handle(records))
        if self._missing and ends:
            self._missing -= ends
            if not self._missing:
                self._call(self._ended.set)
        rest = self._pace_s - (time.monotonic() - read_at)
        if rest > 0 and not self._missing and len(messages) < _BATCH:
            self._stop.wait(rest)

    def _probe(self, consumer: Consumer) -> None:
        """Ask the broker for something small, since silence may be its absence."""
        now = time.monotonic()
        if self._healthy and now < self._probe_at:
            return
        self._probe_at = now + _PROBE_S
        try:
            consumer.get_watermark_offsets(consumer.assignment()[0], timeout=_PROBE_S)
        except KafkaException:
            self._healthy = False
        else:
            self._healthy = True

    def _call(self, function: Callable[[], None]) -> None:
        """Run ``function`` on the event loop and wait for it."""
        done = threading.Event()
        errors: list[BaseException] = []

        def run() -> None:
            try:
                if not self._stop.is_set():
                    function()
            except Exception as error:
                errors.append(error)
            finally:
                done.set()

        assert self._loop is not None
        self._loop.call_soon_threadsafe(run)
        while not done.wait(_POLL_S):
            if self._stop.is_set():
                return
        if errors:
            raise errors[0]


def plain(message: Message) -> PlainRecord:
    """Return a message of librdkafka as a record; a header without a value has an empty one."""
    pairs = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return PlainRecord(
        topic=str(message.topic()),
        partition=int(message.partition() or 0),
        offset=int(message.offset() or 0),
        timestamp=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
        headers=[(name, value or b"") for name, value in pairs],
    )
