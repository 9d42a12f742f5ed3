"""Writing frames to Kafka and knowing when the broker has them all.

One librdkafka producer serves all stages of a process. A report per record would cost more than the sending,
so only the last record for each partition of a batch is reported on: within a partition the producer writes
in order and, by ``enable.gapless.guarantee``, never goes on after a record that failed. A contract test
watches that.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.producer import DeliveryError, client_config
from streams.seam.outcome import Frame
from streams.topics import MAX_CHANGELOG_BYTES

Ends = dict[tuple[str, int], int]
"""The offset of the last record of a batch, by topic and partition."""

_POLL_S = 0.25
_FULL_S = 0.005


class Batch:
    """Frames on their way to the broker."""

    __slots__ = ("_loop", "ends", "future", "left")

    def __init__(self, loop: asyncio.AbstractEventLoop, left: int) -> None:
        self._loop = loop
        self.left = left
        self.ends: Ends = {}
        self.future: asyncio.Future[Ends] = loop.create_future()

    def delivered(self, error: KafkaError | None, report: Message) -> None:
        """Take a report; called on the polling thread."""
        if error is not None:
            self.fail(DeliveryError(f"a record for {report.topic()} was not taken: {error.str()}"))
            return
        topic, partition, offset = report.topic(), report.partition(), report.offset()
        assert topic is not None and partition is not None and offset is not None
        self.ends[topic, partition] = offset
        self.left -= 1
        if self.left == 0:
            self._tell(None)

    def fail(self, error: DeliveryError) -> None:
        """Give up; called on the polling thread."""
        self.left = -1
        self._tell(error)

    def _tell(self, error: DeliveryError | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(self._resolve, error)

    def _resolve(self, error: DeliveryError | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(self.ends)
        else:
            self.future.set_exception(error)


class Emitter:
    """Writes batches of frames; each batch is acknowledged, or fails, as a whole.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    linger_ms : float
        How long a record waits for others to share its request.
    patience : float
        Seconds to wait for an acknowledgement before the batch counts as failed.
    """

    def __init__(self, kafka: str, *, linger_ms: float = 0.5, patience: float = 120.0) -> None:
        self._client = Producer(
            {
                **client_config(kafka, linger_ms),
                "enable.gapless.guarantee": True,
                # the guarantee does not cover records that time out, so none does; patience is kept here
                "message.timeout.ms": 0,
                "message.max.bytes": MAX_CHANGELOG_BYTES,
                "compression.type": "none",
            }
        )
        self._patience = patience
        self._open: set[Batch] = set()
        self._closed = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="emitter", daemon=True)
        self._poller.start()

    async def write(self, frames: Sequence[Frame]) -> Ends:
        """Write frames in order; return when the broker has acknowledged all of them.

        Raises
        ------
        DeliveryError
            When any of them was refused, or nothing came within the patience. What was written is unknown
            then; the producer is of no use any more.
        """
        lasts = {(frame[0], frame[1]): index for index, frame in enumerate(frames)}
        if not lasts:
            return {}
        reported = set(lasts.values())
        batch = Batch(asyncio.get_running_loop(), len(reported))
        self._open.add(batch)
        try:
            await self._produce(frames, reported, batch)
            async with asyncio.timeout(self._patience):
                return await batch.future
        except TimeoutError:
            raise DeliveryError(f"no acknowledgement within {self._patience:g} s") from None
        except KafkaException as error:
            raise DeliveryError(f"the producer refuses: {error.args[0].str()}") from error
        finally:
            self._open.discard(batch)

    async def _produce(self, frames: Sequence[Frame], reported: set[int], batch: Batch) -> None:
        produce, delivered = self._client.produce, batch.delivered
        for index, (topic, partition, key, value, timestamp_ms, headers) in enumerate(frames):
            report = delivered if index in reported else None
            while True:
                try:
                    produce(topic, value, key, partition, report, None, timestamp_ms, headers)  # type: ignore[arg-type]
                except BufferError:  # the queue is full: let the broker catch up
                    await asyncio.sleep(_FULL_S)
                else:
                    break

    def _poll(self) -> None:
        while not self._closed.is_set():
            try:
                self._client.poll(_POLL_S)
            except KafkaException as error:
                reason = DeliveryError(f"the producer failed: {error.args[0].str()}")
                for batch in list(self._open):
                    batch.fail(reason)
                self._closed.wait(_POLL_S)

    def close(self) -> None:
        """End at once; of what is still on its way nobody knows whether it is written."""
        self._closed.set()
        self._poller.join(2 * _POLL_S)
