"""Writing to topics from outside the stages: feeds and the API.

A ``Producer`` takes messages one by one and answers for them in batches: ``flush`` (in plain code) and
``acknowledged`` (in asyncio code) return when the broker has acknowledged everything sent so far, and raise
when any of it could not be delivered.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import Message as Report
from confluent_kafka import Producer as Client

from schemas.base import Message
from streams.partitions import partition_of
from streams.records import EVENT_TIME, PRODUCED_AT, TRACE
from streams.topics import MAX_MESSAGE_BYTES, Topic

_POLL_EVERY = 256
_LOG_LEVEL = 2  # syslog: below it librdkafka tells of each attempt to connect


class DeliveryError(RuntimeError):
    """The broker did not take a record; whoever sent it must not go on as if it had."""


def now_us() -> int:
    """Return the wall clock in UTC microseconds."""
    return time.time_ns() // 1000


def client_config(kafka: str, linger_ms: float = 0.5) -> dict[str, str | int | float | bool]:
    """Return what every librdkafka producer of the platform is made with.

    Acknowledged by all in-sync replicas, in order and once within the producer's life, and partitioned as
    Kafka's Java client does (librdkafka's own default differs).

    Parameters
    ----------
    kafka : str
        Bootstrap servers, ``host:port[,host:port]``.
    linger_ms : float
        How long a record waits for others to share its request.
    """
    return {
        "bootstrap.servers": kafka,
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "linger.ms": linger_ms,
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "queue.buffering.max.messages": 1_000_000,
        "queue.buffering.max.kbytes": 512 * 1024,
        "socket.nagle.disable": True,
        "reconnect.backoff.max.ms": 1000,
        "log_level": _LOG_LEVEL,
    }


class _Batch:
    """Records sent between two calls that wait; ``done`` resolves when none of them is outstanding."""

    __slots__ = ("done", "left", "lock", "sealed")

    def __init__(self, lock: threading.Lock) -> None:
        self.lock = lock
        self.left = 0
        self.sealed = False
        self.done: Future[None] = Future()

    def delivered(self, error: KafkaError | None, report: Report) -> None:
        """Take a delivery report; librdkafka calls this for each record."""
        with self.lock:
            self.left -= 1
            if error is not None and not self.done.done():
                topic = report.topic()
                self.done.set_exception(DeliveryError(f"record for {topic} was not taken: {error.str()}"))
            elif self.sealed and self.left == 0 and not self.done.done():
                self.done.set_result(None)

    def seal(self) -> None:
        """Note that no record will be added."""
        with self.lock:
            self.sealed = True
            if self.left == 0 and not self.done.done():
                self.done.set_result(None)


class Producer:
    """Sends messages of the registry's topics.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    linger_ms : float
        How long a record waits for others to share its request.
    patience : float
        Seconds to wait for acknowledgements before giving up.
    clock : callable
        Returns the wall clock in UTC microseconds.

    Examples
    --------
    >>> with Producer("127.0.0.1:9092") as producer:                            # doctest: +SKIP
    ...     producer.send(QUOTES, quote.event_id, quote, quote.event_time_ms)
    ...     producer.flush()
    """

    def __init__(
        self,
        kafka: str,
        *,
        linger_ms: float = 0.5,
        patience: float = 120.0,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._client = Client(client_config(kafka, linger_ms))
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._batch = _Batch(self._lock)
        self._waiting: list[_Batch] = []
        self._partitions: dict[str, int] = {}
        self._sent = 0
        self._closed = threading.Event()
        self._poller: threading.Thread | None = None

    def send(
        self,
        topic: Topic,
        key: str,
        message: Message | None,
        event_time_ms: int,
        *,
        route: str | None = None,
        trace: str | None = None,
    ) -> None:
        """Hand one message over for sending; returns at once.

        Parameters
        ----------
        key : str
            The record's key; the partition follows from it, or from ``route`` where that is given.
        message : Message or None
            None is a tombstone.
        event_time_ms : int
            UTC milliseconds.
        trace : str, optional
            Names everything that this message causes; made from the record's place where it is left out.

        Raises
        ------
        DeliveryError
            When the topic is unknown, or the record too large.
        """
        self._write(
            topic, key, message, event_time_ms, partition_of(route or key, self.partitions(topic)), trace
        )

    def broadcast(self, topic: Topic, key: str, message: Message | None, event_time_ms: int) -> None:
        """Hand one message over for sending to every partition of ``topic``."""
        for partition in range(self.partitions(topic)):
            self._write(topic, key, message, event_time_ms, partition, None)

    def partitions(self, topic: Topic) -> int:
        """Return how many partitions ``topic`` has, asking the broker the first time."""
        found = self._partitions.get(topic.name)
        if found is None:
            try:
                meta = self._client.list_topics(topic.name, timeout=self._patience).topics[topic.name]
            except KafkaException as error:
                raise DeliveryError(f"no answer from Kafka: {error.args[0].str()}") from error
            if meta.error is not None or not meta.partitions:
                raise DeliveryError(f"there is no topic {topic.name}; create it with: overround topics apply")
            found = self._partitions[topic.name] = len(meta.partitions)
        return found

    def _write(
        self,
        topic: Topic,
        key: str,
        message: Message | None,
        event_time_ms: int,
        partition: int,
        trace: str | None,
    ) -> None:
        now = self._clock()
        headers: list[tuple[str, str | bytes | None]] = [
            (EVENT_TIME, str(event_time_ms)),
            (PRODUCED_AT, str(now)),
        ]
        if trace is not None:
            headers.append((TRACE, trace))
        value = None if message is None else message.__pydantic_serializer__.to_json(message)
        batch = self._batch
        with self._lock:
            batch.left += 1
        try:
            self._produce(topic.name, key.encode(), value, partition, now // 1000, headers, batch)
        except KafkaException as error:
            with self._lock:
                batch.left -= 1
            raise DeliveryError(f"record for {topic.name} was not taken: {error.args[0].str()}") from error
        self._sent += 1
        if self._sent % _POLL_EVERY == 0:
            self._client.poll(0)

    def _produce(
        self,
        topic: str,
        key: bytes,
        value: bytes | None,
        partition: int,
        timestamp_ms: int,
        headers: list[tuple[str, str | bytes | None]],
        batch: _Batch,
    ) -> None:
        while True:
            try:
                self._client.produce(
                    topic, value, key, partition, batch.delivered, timestamp=timestamp_ms, headers=headers
                )
            except BufferError:  # the queue is full: let the broker catch up
                self._client.poll(0.05)
            else:
                return

    def _seal(self) -> list[_Batch]:
        batch, self._batch = self._batch, _Batch(self._lock)
        batch.seal()
        self._waiting = [*(known for known in self._waiting if not known.done.done()), batch]
        failed = [known for known in self._waiting if known.done.done() and known.done.exception()]
        if failed:
            failed[0].done.result()
        return self._waiting

    def flush(self) -> None:
        """Return when everything sent so far is acknowledged.

        Raises
        ------
        DeliveryError
            When a record was refused, or the acknowledgements did not come in time.
        """
        batches = self._seal()
        if self._client.flush(self._patience) > 0:
            raise DeliveryError(f"no acknowledgement within {self._patience:g} s")
        for batch in batches:
            batch.done.result()

    async def acknowledged(self) -> None:
        """Do what ``flush`` does, without blocking the event loop."""
        if self._poller is None:
            self._poller = threading.Thread(target=self._poll, name="producer-poll", daemon=True)
            self._poller.start()
        batches = self._seal()
        try:
            async with asyncio.timeout(self._patience):
                for batch in batches:
                    await asyncio.shield(asyncio.wrap_future(batch.done))
        except TimeoutError:
            raise DeliveryError(f"no acknowledgement within {self._patience:g} s") from None

    def _poll(self) -> None:
        while not self._closed.is_set():
            self._client.poll(0.1)

    def close(self, timeout: float = 10.0) -> None:
        """Give what is on its way ``timeout`` seconds to arrive, and end."""
        self._client.flush(timeout)
        self._closed.set()
        if self._poller is not None:
            self._poller.join(1.0)
        self._client.purge()  # else closing would wait for what did not arrive
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)
