"""Cache: the latest prices, exposures and bettors into Redis; all of them again when Redis has forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from typing import Any

from agents import compacted
from storage.errors import Unreachable
from storage.redis_cache import Snapshots, Value
from streams import stage, topics
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox, Unavailable, decoded

Place = Callable[[Any], tuple[str, str, int]]
"""From a message to its hash, field and version."""

_PLACES: dict[str, Place] = {
    topics.EXPOSURE.name: lambda m: (f"exposure:{m.operator}", m.event_id, m.version),
    topics.BETTORS.name: lambda m: (f"bettors:{m.operator}", m.bettor, m.version),
}


def _price(m: Any) -> tuple[str, str, int]:
    return f"prices:{m.operator}", f"{m.event_id}|{m.market}", m.sequence


class RedisCache(stage.Sink):
    """Keeps the hot snapshots.

    Parameters
    ----------
    url : str
        Of Redis or Valkey.
    operators : sequence of str
        Whose prices to keep.
    kafka : str
        Bootstrap servers; the compacted topics are read from there when the cache is not complete.
    """

    name = "cache"

    def __init__(self, url: str, operators: Sequence[str], kafka: str) -> None:
        self._snapshots = Snapshots(url)
        self._kafka = kafka
        self._topics = stage.by_name(topics.registry(operators))
        self._places = _PLACES | {topics.offered(operator).name: _price for operator in operators}
        self._one_fills = asyncio.Lock()

    def inputs(self) -> tuple[str, ...]:
        """Return the compacted topics that have a hash."""
        return tuple(self._places)

    async def start(self) -> None:
        """Fill the cache if it is not complete; if Redis is away, the first chunk does it."""
        with suppress(Unavailable):
            await self._carry({})

    async def stop(self) -> None:
        """Close the connections."""
        await self._snapshots.close()

    async def process(self, chunk: Chunk, out: Outbox) -> None:
        """Write the latest value of each field."""
        values: dict[str, dict[str, Value]] = {}
        self._collect(values, chunk, out)
        await self._carry(values)

    def _collect(self, values: dict[str, dict[str, Value]], chunk: Chunk, out: Outbox) -> None:
        place = self._places[chunk.topic]
        for record, message in decoded(chunk, self._topics[chunk.topic].message, out):
            name, field, version = place(message)
            fields = values.setdefault(name, {})
            if field not in fields or version > fields[field].version:
                fields[field] = Value(version, record.value or b"")

    async def _carry(self, values: dict[str, dict[str, Value]]) -> None:
        try:
            if not await self._snapshots.write(values):
                await self._fill()
        except Unreachable as error:
            raise Unavailable(str(error)) from error

    async def _fill(self) -> None:
        """Write everything that the compacted topics hold."""
        async with self._one_fills:
            if not await self._snapshots.complete():
                async with self._snapshots.filling():
                    await self._snapshots.write(await self._everything())

    async def _everything(self) -> dict[str, dict[str, Value]]:
        values: dict[str, dict[str, Value]] = {}

        def collect(records: Sequence[PlainRecord]) -> None:
            for topic, group in groupby(records, attrgetter("topic")):
                self._collect(values, Chunk(topic, 0, list(group)), Outbox(1))

        await compacted.read(self._kafka, self.inputs(), collect)
        return values
