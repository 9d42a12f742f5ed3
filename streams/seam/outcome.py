"""The outcome of a chunk: what it changed and what it wants written, as one write-ahead record.

See docs/decisions/0001. A frame is a record ready to be sent, headers and all, so that sending it a second
time after a crash sends the same bytes.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from streams.partitions import partition_of
from streams.records import EVENT_TIME, ORIGIN_AT, PRODUCED_AT, TRACE, Output, Record
from streams.state import Change
from streams.topics import DLQ_SUFFIX

Frame = tuple[str, int, bytes | None, bytes | None, int, list[tuple[str, bytes]]]
"""Topic, partition, key, value, timestamp in UTC milliseconds, headers."""

WAL = b"wal"
"""Key of the write-ahead record in a changelog; no key of a ``Kind`` can be like it, those hold a ``/``."""

FENCE = b"fence"
"""Key of the record by which a worker takes a changelog partition over."""

OWNER = "owner"
"""Header of each changelog record: the fence under which it was written."""


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """What one chunk comes to.

    Parameters
    ----------
    applied : dict of str to int
        The highest offset contained, by source topic: of this chunk and of all before it.
    changes : list of (bytes, bytes or None)
        Keys with their new values, None for gone.
    frames : list of Frame
        Outputs and dead letters.
    """

    applied: dict[str, int]
    changes: list[Change]
    frames: list[Frame]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Outcome)


def encode(outcome: Outcome) -> bytes:
    """Return the write-ahead record's value."""
    return _encoder.encode(outcome)


def decode(value: bytes) -> Outcome:
    """Return the outcome that ``encode`` made ``value`` from."""
    return _decoder.decode(value)


Chain = tuple[int | None, list[tuple[str, bytes]]]
"""Where a chain began, in UTC microseconds, and the headers that carry it on."""

NO_CHAIN: Chain = (None, [])


class Framer:
    """Makes frames: adds headers, and says where the chain of each began.

    Parameters
    ----------
    partitions : int
        Of every topic.
    clock : callable
        Returns the wall clock in UTC microseconds.
    """

    def __init__(self, partitions: int, clock: Callable[[], int]) -> None:
        self._partitions = partitions
        self.clock = clock

    def outputs(self, outputs: Iterable[Output]) -> tuple[list[Frame], list[int | None]]:
        """Return a frame for each output, and for each the origin of its chain in UTC microseconds.

        What no record caused, as what falls due by the clock, has none: nobody waited for it.
        """
        now = self.clock()
        now_ms, now_digits = now // 1000, b"%d" % now
        produced = (PRODUCED_AT, now_digits)
        frames: list[Frame] = []
        origins: list[int | None] = []
        cause: Record | None = None
        origin, chain = NO_CHAIN
        event_time_ms, event_time = -1, (EVENT_TIME, b"")
        for output in outputs:
            if output.cause is not cause:
                cause = output.cause
                origin, chain = NO_CHAIN if cause is None else _chain(cause)
            if output.event_time_ms != event_time_ms:
                event_time_ms = output.event_time_ms
                event_time = (EVENT_TIME, b"%d" % event_time_ms)
            partition = output.partition
            if partition is None:
                partition = partition_of(output.key.decode(), self._partitions)
            headers = [event_time, produced, *chain, *output.headers]
            frames.append((output.topic, partition, output.key, output.value, now_ms, headers))
            origins.append(origin)
        return frames, origins

    def dead_letters(self, rejected: Sequence[tuple[Record, str]]) -> list[Frame]:
        """Return a frame for each rejected record, its bytes untouched, with where it lay and why."""
        now_ms = self.clock() // 1000
        return [
            (
                record.topic + DLQ_SUFFIX,
                record.partition,
                record.key,
                record.value,
                now_ms,
                [
                    *record.headers,
                    ("origin-topic", record.topic.encode()),
                    ("origin-partition", b"%d" % record.partition),
                    ("origin-offset", b"%d" % record.offset),
                    ("reason", reason.encode(errors="replace")),
                ],
            )
            for record, reason in rejected
        ]


def _chain(cause: Record) -> Chain:
    """Return the chain that an output of this cause goes on."""
    produced = began = trace = None
    for name, value in cause.headers:
        if name == ORIGIN_AT:
            began = value
        elif name == PRODUCED_AT:
            produced = value
        elif name == TRACE:
            trace = value
    if trace is None:
        trace = f"{cause.topic}/{cause.partition}/{cause.offset}".encode()
    began = began or produced
    if began is None or not began.isdigit():
        return None, [(TRACE, trace)]
    return int(began), [(ORIGIN_AT, began), (TRACE, trace)]
