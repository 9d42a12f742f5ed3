"""What a stage remembers: one table per stage, seen one partition at a time.

All values of a stage live in one table; what one chunk changes in it is kept or lost as a whole (see
``stage``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

V = TypeVar("V")


@dataclass(frozen=True)
class Kind(Generic[V]):
    """One kind of value: its keys start with ``name/``, its values are JSON of ``type``.

    Parameters
    ----------
    name : str
        Without ``/``; unique within the stage.
    type : type
        A pydantic model or a dataclass.
    kept : bool
        Whether live objects stay in memory beyond their chunk. False for what is written once and seldom read
        again, of which there are many: a decided bet weighs twelve times as much live as stored.
    """

    name: str
    type: type[V]
    kept: bool = True

    @cached_property
    def _codec(self) -> TypeAdapter[V]:
        return TypeAdapter(self.type)

    @cached_property
    def _prefix(self) -> bytes:
        return f"{self.name}/".encode()

    def key(self, key: str) -> bytes:
        """Return the table's key for the kind's own ``key``."""
        return self._prefix + key.encode()

    def dump(self, value: V) -> bytes:
        """Return the value as JSON."""
        return self._codec.serializer.to_json(value)

    def load(self, data: bytes) -> V:
        """Return the value that ``dump`` made ``data`` from."""
        return self._codec.validate_json(data)


class Store(Protocol):
    """Bytes by bytes, of one partition: a Faust table's part, or a dict."""

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``."""
        ...


Change = tuple[bytes, bytes | None]
"""A key with its new value, None for gone; becomes one changelog record."""


class State:
    """One partition of a stage's table, with live objects in front of the stored bytes.

    ``get`` hands out the live object; change it, then ``put`` it. ``take_changes`` is called after a chunk by
    what runs the stage, ``roll_back`` when the chunk failed.
    """

    def __init__(self, store: Store, max_live: int = 200_000) -> None:
        self._store = store
        self._max_live = max_live
        self._live: dict[bytes, Any] = {}
        self._dirty: dict[bytes, tuple[Kind[Any], Any]] = {}
        self.local: dict[str, Any] = {}
        """What a stage derives from its values (an index); empty again after a rebalance or a roll-back."""

    def get(self, kind: Kind[V], key: str) -> V | None:
        """Return the value, or None where there is none."""
        raw = kind.key(key)
        if raw in self._live:
            value: V | None = self._live[raw]
            return value
        data = self._store.get(raw)
        value = None if data is None else kind.load(data)
        if kind.kept:
            self._live[raw] = value
        return value

    def put(self, kind: Kind[V], key: str, value: V) -> None:
        """Set the value."""
        self._put(kind, kind.key(key), value)

    def delete(self, kind: Kind[V], key: str) -> None:
        """Forget the value."""
        self._put(kind, kind.key(key), None)

    def _put(self, kind: Kind[Any], raw: bytes, value: Any) -> None:
        self._live[raw] = value
        self._dirty[raw] = (kind, value)

    def items(self, kind: Kind[V], begin: str = "") -> Iterator[tuple[str, V]]:
        """Yield the values whose keys begin so, sorted by key; walks the store, so not per record."""
        prefix, name = kind.key(begin), len(kind.key(""))
        keys = {raw for raw, _ in self._store.scan(prefix)}
        keys.update(raw for raw in self._dirty if raw.startswith(prefix))
        for raw in sorted(keys):
            key = raw[name:].decode()
            value = self.get(kind, key)
            if value is not None:
                yield key, value

    def take_changes(self) -> list[Change]:
        """Return what has changed since the last call."""
        changes = [
            (raw, None if value is None else kind.dump(value)) for raw, (kind, value) in self._dirty.items()
        ]
        for raw, (kind, _) in self._dirty.items():
            if not kind.kept:
                del self._live[raw]
        self._dirty.clear()
        if len(self._live) > self._max_live:
            self._live.clear()
        return changes

    def roll_back(self) -> None:
        """Forget all that was put since ``take_changes``."""
        self._dirty.clear()
        self._live.clear()
        self.local.clear()


class DictStore:
    """A store in memory, for tests and for replays without a broker."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``."""
        return self.data.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``."""
        return ((key, value) for key, value in list(self.data.items()) if key.startswith(prefix))

    def apply(self, changes: list[Change]) -> None:
        """Write changes, as a changelog would."""
        for key, value in changes:
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value
