"""Reading a changelog partition back: which records count, and how far it has been read.

A worker that takes a partition over writes a fence. From then on only records that carry the fence's owner
count, so what a worker writes that was thought dead changes nothing. Each worker sees by its offsets when
somebody else has written between its own records: the one behind a fence stops, the other goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from streams.records import Headers
from streams.seam.outcome import FENCE, OWNER, WAL, Outcome, decode
from streams.seam.shelf import Shelf
from streams.state import Change


class ChangelogRecord(Protocol):
    """A record of a changelog."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def key(self) -> bytes | None:
        """A key of the table, or one of the changelog's own."""
        ...

    @property
    def value(self) -> bytes | None:
        """The new value; None is a tombstone."""
        ...

    @property
    def headers(self) -> Headers:
        """Pairs of name and value; holds the owner."""
        ...


@dataclass(slots=True)
class Changelog:
    """What is known of one changelog partition.

    Parameters
    ----------
    end : int
        The offset after the last record that has been read or written.
    owner : bytes
        Under whose fence the partition stands; empty before the first.
    ahead : Outcome or None
        The last write-ahead record.
    ignored : set of bytes
        Keys of the table whose last record in the changelog does not count.
    """

    end: int = 0
    owner: bytes = b""
    ahead: Outcome | None = None
    ignored: set[bytes] = field(default_factory=set)

    def read(self, records: Iterable[ChangelogRecord], shelf: Shelf) -> None:
        """Apply records, in order, to the table."""
        changed: dict[bytes, bytes | None] = {}
        for record in records:
            self.end = record.offset + 1
            key, value = record.key, record.value
            if key is None:
                continue
            if key == FENCE:
                self.owner = value or b""
            elif self.owner and owner_of(record) != self.owner:
                if key != WAL:
                    self.ignored.add(key)
            elif key == WAL:
                self.ahead = None if value is None else decode(value)
            else:
                changed[key] = value
                self.ignored.discard(key)
        if changed:
            shelf.write(list(changed.items()))

    def unfinished(self, shelf: Shelf) -> list[Change]:
        """Put the write-ahead record's changes into the table; return what the changelog must be told again.

        That is the same changes, and the right values of keys whose last record does not count.
        """
        again: dict[bytes, bytes | None] = {}
        if self.ahead is not None:
            again.update(self.ahead.changes)
            shelf.write(self.ahead.changes)
        for key in self.ignored:
            again.setdefault(key, shelf.get(key))
        self.ignored.clear()
        return list(again.items())

    def foreign(self, records: Iterable[ChangelogRecord]) -> set[bytes]:
        """Return the keys that others wrote among these records.

        Raises
        ------
        ContestedError
            When one of them is a fence: the partition is somebody else's now.
        """
        keys = set()
        for record in records:
            if owner_of(record) != self.owner and record.key is not None:
                if record.key == FENCE and record.value != self.owner:
                    raise ContestedError(f"another worker took over at offset {record.offset}")
                keys.add(record.key)
        return keys - {FENCE, WAL}


class ContestedError(RuntimeError):
    """Another worker holds the changelog partition now; this one must stop."""


def owner_of(record: ChangelogRecord) -> bytes:
    """Return under whose fence a record was written."""
    for name, value in record.headers:
        if name == OWNER:
            return value
    return b""
