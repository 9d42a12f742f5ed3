"""Records as a stage sees them, and what it answers with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

TRACE = "trace-id"
"""Header: names everything that one quote or bet caused."""
EVENT_TIME = "event-time"
"""Header: event time in UTC milliseconds, as decimal digits."""
PRODUCED_AT = "produced-at"
"""Header: wall clock of the producer in UTC microseconds, as decimal digits."""
ORIGIN_AT = "origin-at"
"""Header: ``produced-at`` of the quote or bet at the start of the chain; latencies count from here."""

Headers = Sequence[tuple[str, bytes]]


class Record(Protocol):
    """One Kafka record; aiokafka's own records fit, so that none is copied."""

    @property
    def topic(self) -> str:
        """Where it lies."""
        ...

    @property
    def partition(self) -> int:
        """Where it lies."""
        ...

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def timestamp(self) -> int:
        """UTC milliseconds, as the producer set it."""
        ...

    @property
    def key(self) -> bytes | None:
        """What it is partitioned and compacted by."""
        ...

    @property
    def value(self) -> bytes | None:
        """The message as JSON; None is a tombstone."""
        ...

    @property
    def headers(self) -> Headers:
        """Pairs of name and value."""
        ...


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """A record made by hand: in tests, and in replays without a broker."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The records of one partition that one fetch brought, in order; what an agent is handed."""

    topic: str
    partition: int
    records: Sequence[Record]


@dataclass(slots=True)
class Output:
    """A record that a stage wants written; not to be changed (a frozen one takes five times as long to make).

    Parameters
    ----------
    partition : int or None
        None leaves the choice to the key (murmur2).
    cause : Record or None
        The input that it answers; its trace and origin go along.
    event_time_ms : int
        Event time, for the header; the record's own timestamp is wall time, which retention goes by.
    """

    topic: str
    key: bytes
    value: bytes | None
    event_time_ms: int
    partition: int | None = None
    cause: Record | None = None
    headers: Headers = field(default=())


def header(record: Record, name: str) -> bytes | None:
    """Return the first header of that name, or None."""
    for key, value in record.headers:
        if key == name:
            return value
    return None


def micros(record: Record, name: str) -> int | None:
    """Return a header that holds a number of micro- or milliseconds, or None where it does not."""
    value = header(record, name)
    return int(value) if value is not None and value.isdigit() else None
