"""Sink: everything that must outlive Kafka's retention into PostgreSQL, one transaction per chunk."""

from collections.abc import Iterator, Sequence
from typing import Any

from storage import tables
from storage.errors import Unreachable
from storage.table import Row, Table
from storage.writer import Writer
from streams import stage, topics
from streams.records import Chunk, Record
from streams.stage import Outbox, Unavailable, decoded

_TABLES: dict[str, Table[Any]] = {
    topics.FIXTURES.name: tables.FIXTURES,
    topics.BETS.name: tables.BETS,
    topics.COMMANDS.name: tables.COMMANDS,
    topics.MARKS.name: tables.MARKS,
    topics.FAIR.name: tables.FAIR_PRICES,
    topics.DECISIONS.name: tables.DECISIONS,
    topics.SETTLED.name: tables.SETTLEMENTS,
    topics.EXPOSURE.name: tables.EXPOSURES,
    topics.BETTORS.name: tables.BETTORS,
    topics.COHERENCE.name: tables.COHERENCE,
    topics.PORTFOLIOS.name: tables.PORTFOLIOS,
    topics.ALERTS.name: tables.ALERTS,
    topics.CLOSED.name: tables.CLOSED_MATCHES,
}


class PostgresSink(stage.Sink):
    """Writes each topic to its table.

    Parameters
    ----------
    dsn : str
        The primary.
    operators : sequence of str
        Whose prices to keep.
    """

    name = "sink"

    def __init__(self, dsn: str, operators: Sequence[str]) -> None:
        self._writer = Writer(dsn)
        self._topics = stage.by_name(topics.registry(operators))
        offered = {topics.offered(operator).name: tables.OFFERED_PRICES for operator in operators}
        self._tables = _TABLES | offered
        self._owners = {topics.offered(operator).name: operator for operator in operators}

    def inputs(self) -> tuple[str, ...]:
        """Return the topics with a table, and all dead letters."""
        return (*self._tables, *(topic.dlq for topic in self._topics.values()))

    async def start(self) -> None:
        """Make ready."""
        await self._writer.open()

    async def stop(self) -> None:
        """Close the connections."""
        await self._writer.close()

    async def process(self, chunk: Chunk, out: Outbox) -> None:
        """Return when the chunk's rows are committed; what the database cannot hold is rejected."""
        dead = chunk.topic not in self._tables
        table = tables.DEAD_LETTERS if dead else self._tables[chunk.topic]
        pairs = list(self._letters(chunk) if dead else self._rows(chunk, table, out))
        try:
            refused = await self._writer.write(table, [row for _, row in pairs])
        except Unreachable as error:
            raise Unavailable(str(error)) from error
        for index, why in refused:
            if not dead:  # a dead letter has nowhere further to go; it stays in its topic
                out.reject(pairs[index][0], f"storage: {why}")

    def _rows(self, chunk: Chunk, table: Table[Any], out: Outbox) -> Iterator[tuple[Record, Row]]:
        owner = self._owners.get(chunk.topic)
        for record, message in decoded(chunk, self._topics[chunk.topic].message, out):
            if owner is not None and getattr(message, "operator", None) != owner:
                out.reject(record, f"operator: this topic is {owner}'s")
            else:
                yield record, table.row(message, (record.value or b"").decode())

    def _letters(self, chunk: Chunk) -> Iterator[tuple[Record, Row]]:
        for record in chunk.records:
            yield record, tables.DEAD_LETTERS.row(dead_letter(record), "")


def dead_letter(record: Record) -> tables.DeadLetter:
    """Return what a record of a dead-letter topic says; its own place stands in for a missing origin."""
    said = dict(record.headers)  # the last of a name: a record may come with headers of its own
    topic, reason = said.get("origin-topic"), said.get("reason")
    return tables.DeadLetter(
        record.topic.removesuffix(topics.DLQ_SUFFIX) if topic is None else topic.decode(errors="replace"),
        _number(said.get("origin-partition"), record.partition),
        _number(said.get("origin-offset"), record.offset),
        "unknown" if reason is None else reason.decode(errors="replace"),
        record.timestamp,
        record.value,
    )


def _number(said: bytes | None, otherwise: int) -> int:
    return int(said) if said is not None and said.isdigit() else otherwise
