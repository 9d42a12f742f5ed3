"""Faust's transport on librdkafka: chunks instead of messages, offsets that follow what is acknowledged."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import structlog
from aiokafka.errors import IllegalStateError
from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition
from confluent_kafka import Consumer as Client
from faust.transport import base
from faust.transport.consumer import Consumer
from faust.transport.producer import Producer
from faust.types import TP, AppT, ConsumerMessage, HeadersArg, Message, RecordMetadata
from faust.types.assignor import HostToPartitionMap, PartitionAssignorT
from mode import Service
from yarl import URL

from streams.records import Chunk
from streams.seam.offsets import Which
from streams.seam.reader import Arrival, Place, Reader, commit, placed

if TYPE_CHECKING:
    from streams.seam.app import StageApp

log = structlog.get_logger(__name__)

T = TypeVar("T")

_ASK_S = 10.0
_INSIST_S = 60.0
_AGAIN_S = 0.2
_LEAVE_S = 10.0
_ROOM_CHUNKS = 8


class LocalAssignor(PartitionAssignorT):
    """What this worker has been assigned; who gets what is librdkafka's ``range``, which co-partitions."""

    def __init__(self, app: AppT, replicas: int = 0) -> None:
        self.app = app
        self.replicas = replicas
        self.actives: set[TP] = set()

    def group_for_topic(self, topic: str) -> int:
        """Return the only group."""
        return 0

    def assigned_standbys(self) -> set[TP]:
        """Return nothing: there are no standbys."""
        return set()

    def assigned_actives(self) -> set[TP]:
        """Return all partitions of this worker, those of the changelog among them."""
        return self.actives

    def is_active(self, tp: TP) -> bool:
        """Tell whether the partition is this worker's."""
        return tp in self.actives

    def is_standby(self, tp: TP) -> bool:
        """Tell that it is not."""
        return False

    def key_store(self, topic: str, key: bytes) -> URL:
        """Know no other worker."""
        raise NotImplementedError

    def table_metadata(self, topic: str) -> HostToPartitionMap:
        """Know no other worker."""
        return {}

    def tables_metadata(self) -> HostToPartitionMap:
        """Know no other worker."""
        return {}


class ChunkConsumer(Consumer):
    """Faust's consumer over a ``Reader``.

    The offset that may be committed is the end of the last chunk of which all is acknowledged; chunks of a
    partition are acked in order, so there is never a gap.
    """

    app: "StageApp"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader: Reader | None = None
        self._mine: set[TP] = set()
        self._sources: set[str] = set()
        self._arrivals: deque[Arrival] = deque()
        self._something = asyncio.Event()
        self._held = False
        self._turn = asyncio.Lock()
        self._acknowledged: dict[TP, int] = {}
        self._paused_lanes: set[int] = set()
        self._committing = False
        self._commit_error: str | None = None

    # -- what the reader tells

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """Take what was read: changelogs go to the recovery, the rest waits for the fetcher."""
        for arrival in arrivals:
            tp = TP(*arrival.place)
            if tp not in self._mine:
                self._reader.done(len(arrival.records))
            elif tp.topic in self._sources:
                if arrival.records:
                    self._arrivals.append(arrival)
            else:
                self.app.recovery.arrived(tp, arrival.records, arrival.end)
                self._reader.done(len(arrival.records))
        if self._arrivals:
            self._something.set()

    def crowded(self) -> None:
        """Stop reading the partitions whose lanes are full, so that the others can go on."""
        full = {p for p in self.app.lanes.full() if p not in self._paused_lanes}
        if full:
            self._paused_lanes |= full
            stopped = self._source_places(full)
            self._reader.soon(lambda client: _quietly(client.pause, stopped))

    def relieved(self, partition: int) -> None:
        """Read a partition again whose lane was full."""
        if partition in self._paused_lanes:
            self._paused_lanes.discard(partition)
            again = self._source_places({partition})
            self._reader.soon(lambda client: _quietly(client.resume, again))

    def _source_places(self, partitions: set[int]) -> list[TopicPartition]:
        return [
            TopicPartition(tp.topic, tp.partition)
            for tp in self._mine
            if tp.topic in self._sources and tp.partition in partitions
        ]

    async def revoked(self, gone: set[Place], *, lost: bool) -> Mapping[Place, int]:
        """Finish what is being handled, and return what may be committed; nothing when it is lost."""
        async with self._turn:
            self.app.lost = lost
            self.app.on_rebalance_start()
            await self.on_partitions_revoked(set(self._mine))
            offsets = {} if lost else self._to_commit()
            self._forget()
            return offsets

    def _forget(self) -> None:
        self._mine = set()
        self._assignor.actives = set()
        self._arrivals.clear()
        self._something.clear()
        self._reader.reset()
        self._acknowledged.clear()
        self._paused_lanes.clear()
        self._committing = False

    def assigned(self, got: set[Place]) -> None:
        """Recover the tables of what is this worker's now, then read it."""
        self.add_future(self._assigned(got))

    async def _assigned(self, got: set[Place]) -> None:
        async with self._turn:
            if self.should_stop:
                return
            self._forget()
            self.app.lost = False
            await self.app.lanes.settled()
            partitions = {partition for _, partition in got}
            self._check(got, partitions)
            mine = {TP(*place) for place in got}
            mine |= {TP(topic, p) for topic in self.app.tables.changelog_topics for p in partitions}
            self._mine = mine
            self._assignor.actives = set(mine)
            self.app.consumer_generation_id += 1
            if not self.app.rebalancing:
                self.app.on_rebalance_start()
            await self.on_partitions_assigned(set(mine), self.app.consumer_generation_id)

    def _check(self, got: set[Place], partitions: set[int]) -> None:
        for topic in self._sources:
            if {p for t, p in got if t == topic} != partitions:
                raise RuntimeError(
                    f"{self.app.conf.id}: partitions of {topic} are not those of its other topics"
                )

    def committed(self, offsets: Mapping[Place, int], error: str | None) -> None:
        """Remember what the broker has taken."""
        self._committing = False
        if error != self._commit_error:
            self._commit_error = error
            if error is not None:
                log.warning("offsets are not committed", stage=self.app.stage_name, error=error)
        if error is not None:
            return
        for place, offset in offsets.items():
            tp = TP(*place)
            if tp in self._mine:
                self._committed_offset[tp] = offset
        self.app.tools.at_step("committed")

    def failed(self, error: BaseException) -> None:
        """Crash: a worker that cannot read is of no use."""
        self.app.fail(error)

    # -- what Faust asks

    @property
    def _reader(self) -> Reader:
        assert self.reader is not None
        return self.reader

    @property
    def _assignor(self) -> LocalAssignor:
        return cast(LocalAssignor, self.app.assignor)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group and start the reader."""
        if self.reader is not None:
            return
        self._sources = set(topics) - self.app.tables.changelog_topics
        config = self.app.seam
        self.reader = Reader(
            self.app.consumer_config(),
            self,
            asyncio.get_running_loop(),
            chunk=config.chunk,
            room=config.chunk * _ROOM_CHUNKS,
            pace_s=config.pace_s.get(self.app.stage_name, 0.0),
        )
        self.reader.begin(sorted(self._sources))

    async def _drain_messages(self, fetcher: Any) -> None:
        """Hand chunks to Faust's conductor, as they come."""
        while not (self.should_stop or fetcher.should_stop):
            await self._something.wait()
            if not self.flow_active:
                await self.can_resume_flow.wait()
                continue
            while self._arrivals and self.flow_active and not self._held:
                arrival = self._arrivals.popleft()
                await self.callback(self._to_message(TP(*arrival.place), arrival))
            if not self._arrivals or self._held:
                self._something.clear()

    def resume_flow(self) -> None:
        """Hand chunks over from now on."""
        super().resume_flow()
        self._held = False
        if self._arrivals:
            self._something.set()

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        arrival = cast(Arrival, record)
        chunk = Chunk(tp.topic, tp.partition, arrival.records)
        last = arrival.records[-1].offset
        return ConsumerMessage(
            tp.topic, tp.partition, last, 0.0, 0, None, None, cast(bytes, chunk), None, 0, 0, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    def acknowledge(self, message: Message, records: int) -> None:
        """Note that all that a chunk caused is acknowledged: its end may be committed."""
        if message.generation_id == self.app.consumer_generation_id and message.tp in self._mine:
            self._acknowledged[message.tp] = message.offset + 1
            self._reader.done(records)

    def ack(self, message: Message) -> bool:
        """Note nothing: Faust acks chunks that it skips, too; see ``acknowledge``."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def wait_empty(self) -> None:
        """Wait for the chunks that are being handled."""
        await self.app.lanes.settle(lost=self.app.lost)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what is acknowledged; the answer comes to ``committed``."""
        offsets = self._to_commit()
        if not offsets or self._committing:
            return False
        self._committing = True
        self._reader.soon(self._start_commit(offsets))
        return True

    def _start_commit(self, offsets: dict[Place, int]) -> Callable[[Client], None]:
        listener, loop = self, asyncio.get_running_loop()

        def start(client: Client) -> None:
            try:
                client.commit(offsets=placed(offsets), asynchronous=True)
            except KafkaException as error:
                loop.call_soon_threadsafe(listener.committed, {}, str(error))

        return start

    def _to_commit(self) -> dict[Place, int]:
        return {
            tp: offset
            for tp, offset in self._acknowledged.items()
            if self._committed_offset.get(tp) != offset
        }

    async def on_stop(self) -> None:
        """Commit, and leave the group."""
        await self.wait_empty()
        if self.reader is not None and self.reader.is_alive():
            offsets = self._to_commit()
            self.reader.soon(lambda client: commit(client, offsets))
            self.reader.end()
            await asyncio.to_thread(self.reader.join, _LEAVE_S)

    # -- positions

    async def _place(self, offsets: Mapping[TP, int]) -> None:
        """Read these partitions, and no others, from these offsets on."""
        generation = self.app.consumer_generation_id
        wanted = placed(cast(Mapping[Place, int], offsets))

        def place(client: Client) -> None:
            if generation != self.app.consumer_generation_id or not self._mine.issuperset(offsets):
                raise IllegalStateError("rebalanced meanwhile")
            client.assign(wanted)
            client.resume(wanted)  # a partition that was paused when it was lost is still paused

        await self._reader.ask(place)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Read changelogs from these offsets on."""
        if partitions:
            await self._place(partitions)

    async def perform_seek(self) -> None:
        """Read the sources from their committed offsets on; what comes is held until the flow is resumed.

        Faust resumes it a moment after this and empties all queues as it does: a chunk that is in one by then
        would be gone, and the next one's offset would be committed.
        """
        self._held = True
        sources = [tp for tp in self._mine if tp.topic in self._sources]
        if not sources:
            return
        wanted = [TopicPartition(tp.topic, tp.partition) for tp in sources]
        found = await _insist(
            lambda: self._reader.ask(lambda client: client.committed(wanted, timeout=_ASK_S))
        )
        committed = {TP(p.topic, p.partition): p.offset for p in found if p.offset >= 0}
        self._committed_offset.update(committed)
        self.app.open_lanes({tp.partition for tp in sources})
        await self.app.check_applied(self.ends)
        await self._place({tp: committed.get(tp, OFFSET_BEGINNING) for tp in sources})
        self._reader.settled = True

    async def ends(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Return the offsets that the next records will get."""
        return await self._offsets(tps, "ends")

    async def _offsets(self, tps: Iterable[TP], which: Which) -> dict[TP, int]:
        found = await _insist(lambda: self.app.tools.offsets(list(tps), which))
        return {TP(*place): offset for place, offset in found.items()}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the first offsets that are still there."""
        return await self._offsets(partitions, "begins")

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the offsets that the next records will get."""
        return await self.ends(partitions)

    def highwater(self, tp: TP) -> int:
        """Return nothing: see ``lag``."""
        return -1

    async def lag(self) -> dict[TP, int]:
        """Return how many records are not done with, by source partition, as last heard of."""
        sources = [tp for tp in self._mine if tp.topic in self._sources]
        if self.reader is None or not self.reader.is_alive():
            return {}

        def ends(client: Client) -> dict[TP, int]:
            asked = {tp: client.get_watermark_offsets(TopicPartition(*tp), cached=True) for tp in sources}
            return {tp: found[1] for tp, found in asked.items() if found is not None}

        known = await self._reader.ask(ends)
        done = {tp: self._acknowledged.get(tp, self._committed_offset.get(tp) or 0) for tp in known}
        return {tp: max(0, end - done[tp]) for tp, end in known.items()}

    def assignment(self) -> set[TP]:
        """Return this worker's partitions."""
        return set(self._mine)

    def topic_partitions(self, topic: str) -> int | None:
        """Return how many partitions a topic has."""
        return self.app.seam.partitions

    async def position(self, tp: TP) -> int | None:
        """Return the offset after the last acknowledged chunk."""
        return self._acknowledged.get(tp)

    def close(self) -> None:
        """Do nothing: the reader ends when the service stops."""

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note nothing: offsets between chunks hold no records."""

    def _new_offset(self, tp: TP) -> int | None:
        return self._acknowledged.get(tp)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        return await self.commit()

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Any]]:  # noqa: ASYNC109
        """Return nothing: ``_drain_messages`` does not ask."""
        return {}

    async def _seek(self, partition: TP, offset: int) -> None:
        await self._place({partition: offset})

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Read the sources from their committed offsets on."""
        await self.perform_seek()
        return {tp: offset for tp, offset in self._committed_offset.items() if offset is not None}

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    def verify_recovery_event_path(self, now: float, tp: TP) -> None:
        """Verify nothing; liveness is judged by progress."""

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """Return the given partition; nothing is produced here."""
        return partition

    async def create_topic(self, topic: str, partitions: int, replication: int, **kwargs: Any) -> None:
        """Create nothing: see ``streams.admin``."""


async def _insist(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer: a broker that comes back says odd things for a while."""
    deadline = time.monotonic() + _INSIST_S
    while True:
        try:
            return await ask()
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise
            log.info("asking Kafka again", error=str(error))
            await asyncio.sleep(_AGAIN_S)


def _quietly(change: Callable[[list[TopicPartition]], None], partitions: list[TopicPartition]) -> None:
    """Pause or resume; partitions that have gone meanwhile do not matter."""
    with contextlib.suppress(KafkaException):
        change(partitions)


class ChunkFetcher(Service):
    """Runs the consumer while partitions are assigned."""

    def __init__(self, app: AppT, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    @Service.task
    async def _fetch(self) -> None:
        await cast(ChunkConsumer, self.app.consumer)._drain_messages(self)


class NoProducer(Producer):
    """Faust's own producer is never used: see ``emitter``."""

    async def create_topic(self, topic: str, partitions: int, replication: int, **kwargs: Any) -> None:
        """Create nothing: see ``streams.admin``."""

    async def flush(self) -> None:
        """Have nothing to flush."""

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: HeadersArg | None,
        *,
        transactional_id: str | None = None,
    ) -> Awaitable[RecordMetadata]:
        """Refuse."""
        raise NotImplementedError("stages write through the emitter")


class ChunkTransport(base.Transport):
    """The transport of a stage's Faust app."""

    Consumer: ClassVar[type[ChunkConsumer]] = ChunkConsumer
    Producer: ClassVar[type[NoProducer]] = NoProducer
    Fetcher: ClassVar[type[ChunkFetcher]] = ChunkFetcher
    driver_version = "librdkafka"
    default_port = 9092
