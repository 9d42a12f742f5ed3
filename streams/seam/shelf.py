"""One partition of a stage's table, seen as bytes: what is stored, and what a chunk is about to change."""

from collections.abc import Iterator
from typing import Protocol

from streams.state import Change


class Shelf(Protocol):
    """The stored bytes of one partition; Faust's table holds one shelf for each."""

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``."""
        ...

    def write(self, changes: list[Change]) -> None:
        """Store changes, all or none."""
        ...

    def mark(self, offset: int, owner: bytes) -> None:
        """Note that everything before this offset of the changelog is stored, and under whose fence."""
        ...


class Overlay:
    """Changes in front of a shelf until they are safe in the changelog: a turn's, and those on their way."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._pending: dict[bytes, bytes | None] = {}
        self._on_their_way: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``."""
        if key in self._pending:
            return self._pending[key]
        return self.written(key)

    def written(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``, without what is held back."""
        if key in self._on_their_way:
            return self._on_their_way[key]
        return self._shelf.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``."""
        changed = {
            key: value
            for layer in (self._on_their_way, self._pending)
            for key, value in layer.items()
            if key.startswith(prefix)
        }
        for key, stored in self._shelf.scan(prefix):
            if key not in changed:
                yield key, stored
        for key, value in changed.items():
            if value is not None:
                yield key, value

    def put(self, changes: list[Change]) -> None:
        """Hold changes back from the shelf."""
        self._pending.update(changes)

    def hand_over(self) -> None:
        """Note that what is held back is being written; it stays in front of the shelf until ``keep``."""
        self._on_their_way, self._pending = self._pending, {}

    def keep(self) -> None:
        """Put what was handed over on the shelf."""
        if self._on_their_way:
            self._shelf.write(list(self._on_their_way.items()))
            self._on_their_way = {}

    def discard(self) -> None:
        """Forget what is held back."""
        self._pending.clear()


class MemoryShelf:
    """One partition in a dict."""

    def __init__(self) -> None:
        self._data: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``."""
        return self._data.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``."""
        return ((key, value) for key, value in list(self._data.items()) if key.startswith(prefix))

    def write(self, changes: list[Change]) -> None:
        """Store changes."""
        for key, value in changes:
            if value is None:
                self._data.pop(key, None)
            else:
                self._data[key] = value

    def mark(self, offset: int, owner: bytes) -> None:
        """Note nothing: what is in memory is gone when the worker is."""

    def marked(self) -> tuple[int, bytes]:
        """Return from where the changelog is to be read, and under whose fence that is."""
        return 0, b""

    def close(self) -> None:
        """Let go of the data."""
        self._data.clear()

    def drop(self) -> None:
        """Let go of the data."""
        self._data.clear()
