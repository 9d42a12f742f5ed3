"""The Faust app of one stage."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, cast

import faust
import structlog
from faust import Stream
from faust.types import TP, EventT, StreamT, TransportT

from streams.fetching import fetching
from streams.records import Chunk
from streams.seam.config import SeamConfig
from streams.seam.handlers import Handler, SinkHandler, StatelessStage, Tools
from streams.seam.home import Home
from streams.seam.lane import Lane
from streams.seam.tables import ChunkRecovery, ShelfStore, StageTable, StageTables
from streams.seam.transport import ChunkConsumer, ChunkTransport, LocalAssignor
from streams.seam.write_ahead import WriteAheadStage
from streams.stage import Sink, Stage
from streams.topics import changelog

log = structlog.get_logger(__name__)

_SETTLE_S = 20.0


class ChunkSchema(faust.Schema[None, Chunk]):
    """Hands chunks through as they are."""

    def loads_key(self, app: Any, message: Any, **kwargs: Any) -> Any:
        """Return no key: a chunk has many."""
        return None

    def loads_value(self, app: Any, message: Any, **kwargs: Any) -> Any:
        """Return the chunk."""
        return message.value


class Lanes:
    """The lanes of a stage, one for each partition that this worker has."""

    def __init__(self, stage: str, on_failure: Callable[[BaseException], None], most: int) -> None:
        self.by_partition: dict[int, Lane] = {}
        self._stage = stage
        self._on_failure = on_failure
        self._most = most
        self._leaving: set[Lane] = set()

    def open(self, partition: int, handler: Handler) -> None:
        """Make a lane."""
        self.by_partition[partition] = Lane(self._stage, handler, self._on_failure, self._most)

    def full(self) -> set[int]:
        """Return the partitions that should bring no more for now."""
        return {partition for partition, lane in self.by_partition.items() if lane.full}

    async def settle(self, *, lost: bool) -> bool:
        """Close all lanes; tell whether everything that was being handled came to its end.

        Lanes of lost partitions are not waited for: the broker may be what is missing. ``settled`` waits.
        """
        lanes = list(self.by_partition.values())
        self.by_partition.clear()
        for lane in lanes:
            lane.stop()
        self._leaving |= {lane for lane in lanes if lane.busy}
        if lost:
            return False
        async with asyncio.timeout(_SETTLE_S):
            await asyncio.gather(*(lane.idle() for lane in lanes))
            await asyncio.gather(*(lane.handler.settle() for lane in lanes))
        return True

    async def settled(self) -> None:
        """Return when no closed lane is handling anything any more."""
        leaving, self._leaving = self._leaving, set()
        await asyncio.gather(*(lane.idle() for lane in leaving))

    def cancel(self) -> None:
        """Leave everything undone."""
        for lane in [*self.by_partition.values(), *self._leaving]:
            lane.cancel()


class StageApp(faust.App):
    """Runs one stage or sink as a consumer group of its own, ``overround-<stage>``."""

    def __init__(self, stage: Stage | Sink, seam: SeamConfig, tools: Tools, home: Home) -> None:
        self.stage = stage
        self.stage_name = stage.name
        self.seam = seam
        self.tools = tools
        self.home = home
        self.lost = False
        """Whether the partitions are another worker's already."""
        self.failure: asyncio.Future[None] | None = None
        self.lanes = Lanes(stage.name, self.fail, seam.chunk)
        self.stateful = isinstance(stage, Stage) and bool(stage.kinds)
        super().__init__(
            f"overround-{stage.name}",
            broker=f"kafka://{seam.kafka.replace(',', ';kafka://')}",
            store=f"{seam.store}://",
            datadir=str(home.path),
            autodiscover=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            table_standby_replicas=0,
            stream_recovery_delay=0.0,
            stream_wait_empty=True,
            stream_buffer_maxsize=1024,
            broker_commit_interval=seam.commit_s,
            broker_session_timeout=seam.session_s,
            PartitionAssignor=LocalAssignor,
            TableManager=StageTables,
            Table=StageTable,
        )
        self.state_table = self._add_table() if self.stateful else None
        source = self.topic(*stage.inputs(), schema=ChunkSchema())
        self.chunks = self.agent(source, name=stage.name, concurrency=1)(self._to_lanes)

    def _add_table(self) -> StageTable:
        table = self.Table(
            "state",
            key_type=bytes,
            value_type=bytes,
            partitions=self.seam.partitions,
            changelog_topic=self.topic(changelog(self.stage_name), schema=ChunkSchema()),
        )
        return cast(StageTable, table)

    async def _to_lanes(self, stream: StreamT[Chunk]) -> None:
        """Give each chunk to its partition's lane; the agent itself never waits for one."""
        async for event in cast(Stream[Chunk], stream).noack().events():
            self.take(event)

    def take(self, event: "EventT[Chunk]") -> None:
        """Let an event's chunk be handled, and ack it when all that it causes is acknowledged."""
        chunk = cast(Chunk, event.value)
        lane = self.lanes.by_partition.get(chunk.partition)
        if lane is not None:  # else its partition has just been revoked
            lane.put(chunk, partial(self._done, lane, event))

    def _done(self, lane: Lane, event: "EventT[Chunk]") -> None:
        chunk, consumer = cast(Chunk, event.value), self.chunk_consumer
        consumer.acknowledge(event.message, len(chunk.records))
        if not lane.full:
            consumer.relieved(chunk.partition)
        event.ack()
        self.tools.at_step("acked")

    def open_lanes(self, partitions: Iterable[int]) -> list[Handler]:
        """Make the lanes that are missing, and return their handlers."""
        opened = []
        for partition in sorted(partitions):
            if partition not in self.lanes.by_partition:
                handler = self._handler(partition)
                self.lanes.open(partition, handler)
                opened.append(handler)
        return opened

    def _handler(self, partition: int) -> Handler:
        if isinstance(self.stage, Sink):
            return SinkHandler(self.stage, self.tools)
        if self.state_table is None:
            return StatelessStage(self.stage, self.tools)
        shelf, read = self._store.shelf(partition), self._store.changelog(partition)
        return WriteAheadStage(self.stage, shelf, read, changelog(self.stage_name), partition, self.tools)

    @property
    def _store(self) -> ShelfStore:
        assert self.state_table is not None
        return self.state_table.shelves

    @property
    def recovery(self) -> ChunkRecovery:
        """The recovery of the stage's table."""
        return cast(StageTables, self.tables).recovery

    async def take_over(self, partitions: Iterable[int]) -> None:
        """Open the lanes of recovered partitions, and finish what was written ahead there."""
        opened = self.open_lanes(partitions)
        await asyncio.gather(*(each.take_over() for each in opened if isinstance(each, WriteAheadStage)))

    async def check_applied(self, ends: Callable[[Iterable[TP]], Awaitable[dict[TP, int]]]) -> None:
        """Forget applied offsets beyond a topic's end: the topic has been made anew."""
        applied = {
            TP(topic, partition): lane.handler
            for partition, lane in self.lanes.by_partition.items()
            if isinstance(lane.handler, WriteAheadStage)
            for topic in lane.handler.applied
        }
        for tp, high in (await ends(applied)).items():
            if applied[tp].applied[tp.topic] >= high:
                log.warning("a topic was made anew", topic=tp.topic, partition=tp.partition, end=high)
                del applied[tp].applied[tp.topic]

    def consumer_config(self) -> dict[str, str | int | float | bool]:
        """Return librdkafka's settings for the stage's consumer."""
        session_ms = int(self.seam.session_s * 1000)
        return {
            "bootstrap.servers": self.seam.kafka,
            "group.id": self.conf.id,
            "partition.assignment.strategy": "range",
            "auto.offset.reset": "earliest",
            "session.timeout.ms": session_ms,
            "heartbeat.interval.ms": max(200, session_ms // 6),
            **fetching(self.seam.pace_s.get(self.stage_name, 0.0)),
            "queued.max.messages.kbytes": 32 * 1024,
            "topic.metadata.refresh.interval.ms": 30_000,
            "reconnect.backoff.max.ms": 1000,
            "log_level": 2,
        }

    def fail(self, error: BaseException) -> None:
        """Stop the worker: what failed must not go on as if it had not."""
        if self.failure is not None and not self.failure.done():
            self.failure.set_exception(error)

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        self.fail(reason)

    def _new_transport(self) -> TransportT:
        return ChunkTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> TransportT:
        return ChunkTransport(self.conf.broker_producer, self)

    @property
    def ready(self) -> bool:
        """Whether its partitions are assigned and their tables recovered."""
        return self.started and self.consumer_generation_id > 0 and not self.rebalancing

    @property
    def chunk_consumer(self) -> ChunkConsumer:
        """The consumer, by its own type."""
        return cast(ChunkConsumer, self.consumer)
