"""A stage's table in Faust: one store, a shelf for each partition, recovered from the changelog in chunks."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from faust.stores.base import Store
from faust.tables import Table
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP
from mode import Service

from streams import metrics
from streams.seam.changelog import Changelog, ChangelogRecord
from streams.seam.rocks import RocksShelf
from streams.seam.shelf import MemoryShelf, Shelf

if TYPE_CHECKING:
    from streams.seam.app import StageApp


class ShelfStore(Store[bytes, bytes]):
    """Faust's store of a stage's table: a shelf and a changelog position for each partition."""

    def __post_init__(self) -> None:
        self.data = {}  # what Faust looks at; the shelves hold the values
        self._shelves: dict[int, MemoryShelf | RocksShelf] = {}
        self._changelogs: dict[int, Changelog] = {}

    def shelf(self, partition: int) -> Shelf:
        """Return the partition's shelf, made if it is not there."""
        return self._open(partition)[0]

    def changelog(self, partition: int) -> Changelog:
        """Return how far the partition's changelog has been read."""
        return self._open(partition)[1]

    def _open(self, partition: int) -> tuple[MemoryShelf | RocksShelf, Changelog]:
        shelf: MemoryShelf | RocksShelf | None = self._shelves.get(partition)
        if shelf is None:
            if self.url.scheme == "rocksdb":
                shelf = RocksShelf(Path(self.app.conf.tabledir) / f"{self.table_name}-{partition}.db")
            else:
                shelf = MemoryShelf()
            self._shelves[partition] = shelf
            end, owner = shelf.marked()
            self._changelogs[partition] = Changelog(end=end, owner=owner)
        return shelf, self._changelogs[partition]

    def read(self, tp: TP, records: Sequence[ChangelogRecord]) -> None:
        """Apply records of the changelog."""
        shelf, changelog = self._open(tp.partition)
        changelog.read(records, shelf)

    def partitions(self) -> list[int]:
        """Return the partitions that are here."""
        return sorted(self._shelves)

    def items_of(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield all pairs of a partition."""
        return self._shelves[partition].scan(b"")

    def persisted_offset(self, tp: TP) -> int | None:
        """Return the last offset of the changelog that needs no reading, or None."""
        end = self._open(tp.partition)[1].end
        return end - 1 if end > 0 else None

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Close the shelves of partitions that are somebody else's now."""
        topic = self.table.changelog_topic.get_topic_name()
        mine = {tp.partition for tp in assigned if tp.topic == topic}
        for partition in set(self._shelves) - mine:
            self._shelves.pop(partition).drop()
            del self._changelogs[partition]

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:
        """Do nothing: recovery applies whole chunks by ``read``."""

    async def backup_partition(
        self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1
    ) -> None:
        """Make no backup: the changelog is one."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Restore nothing: the changelog does."""

    def reset_state(self) -> None:
        """Keep files: they know from where the changelog is to be read."""

    async def on_stop(self) -> None:
        """Close all shelves."""
        for shelf in self._shelves.values():
            shelf.close()
        self._shelves.clear()
        self._changelogs.clear()


class StageTable(Table[bytes, bytes]):
    """The table of a stage; written by the seam, never by Faust."""

    @property
    def shelves(self) -> ShelfStore:
        """The store, by its own type."""
        return cast(ShelfStore, self.data)

    def _new_store(self) -> ShelfStore:
        return self._new_store_by_url(self._store or self.app.conf.store)

    def _new_store_by_url(self, url: Any) -> ShelfStore:
        return ShelfStore(url, self.app, self, table_name=self.name, loop=self.loop)


class ChunkRecovery(Recovery):
    """Faust's recovery, given whole chunks of the changelog where Faust would take record by record."""

    app: "StageApp"

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Begin anew."""
        self.signal_recovery_end.clear()
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def arrived(self, tp: TP, records: Sequence[ChangelogRecord], end: int) -> None:
        """Apply what was read of a changelog partition; ``end`` is the offset after it."""
        if tp not in self.active_tps or not self.in_recovery:
            return  # what comes after the recovery is this worker's own
        if records:
            cast(StageTable, self.tp_to_table[tp]).shelves.read(tp, records)
        seen = self.active_offsets.get(tp)
        self.active_offsets[tp] = max(-1 if seen is None else seen, end - 1)
        if not self.need_recovery():
            started = self._recovery_started_at or time.monotonic()
            self._set_recovery_ended()
            metrics.RECOVERY_SECONDS.labels(self.app.stage_name).set(time.monotonic() - started)
            self.signal_recovery_end.set()

    @Service.task
    async def _restart_recovery(self) -> None:
        """Recover at each rebalance; Faust ends this for good, silently, when an answer takes too long."""
        await Recovery._restart_recovery.fun(self)
        if not self.should_stop:
            raise TimeoutError("the recovery of the table did not come to its end in time")

    @Service.task
    async def _slurp_changelogs(self) -> None:
        """Have nothing to slurp: chunks come by ``arrived``."""

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Take the partitions over before the first record of a source is read."""
        if self.app.consumer_generation_id == generation_id:
            await self.app.take_over({tp.partition for tp in self.active_tps})
        await super().on_recovery_completed(generation_id)


class StageTables(TableManager):
    """Faust's table manager, without its second of sleep at the start."""

    @property
    def recovery(self) -> ChunkRecovery:
        """The recovery of the tables."""
        if self._recovery is None:
            self._recovery = ChunkRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return cast(ChunkRecovery, self._recovery)

    async def on_start(self) -> None:
        """Start to recover."""
        await self._update_channels()
        await self.recovery.start()
