"""One partition of a table in RocksDB."""

import shutil
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import cast

import rocksdict

from streams.state import Change

_MARK = b"\x00mark"
_BLOCK_CACHE_BYTES = 32 * 1024 * 1024
"""Of all shelves of a process together: a worker's memory does not grow with what it stores."""
_WRITE_BUFFER_BYTES = 8 * 1024 * 1024
"""Of each shelf: what a worker's memory goes up and down by, as buffers fill and are written."""
_BLOCK_BYTES = 16 * 1024
_OLD_S = 12 * 3600.0


class RocksShelf:
    """One partition in a RocksDB database of its own.

    Parameters
    ----------
    path : Path
        The database's directory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = _open(path)
        if time.time() - self._marked()[2] > _OLD_S:
            # the changelog keeps tombstones for a day only: what is older may hold keys that are gone
            self.drop()
            self._db = _open(path)

    def get(self, key: bytes) -> bytes | None:
        """Return the bytes under ``key``."""
        return cast(bytes | None, self._db.get(key))

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``."""
        pairs = cast(Iterator[tuple[bytes, bytes]], self._db.items(from_key=prefix))
        for key, value in pairs:
            if not key.startswith(prefix):
                return
            if key != _MARK:
                yield key, value

    def write(self, changes: list[Change]) -> None:
        """Store changes, all or none."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in changes:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        self._db.write(batch)

    def mark(self, offset: int, owner: bytes) -> None:
        """Note that everything before this offset of the changelog is stored, and under whose fence."""
        self._db[_MARK] = b"%d %d %s" % (offset, int(time.time()), owner.hex().encode())

    def marked(self) -> tuple[int, bytes]:
        """Return from where the changelog is to be read, and under whose fence that is."""
        return self._marked()[:2]

    def _marked(self) -> tuple[int, bytes, float]:
        found = cast(bytes | None, self._db.get(_MARK))
        if found is None:
            return 0, b"", time.time()
        offset, at, *owner = found.split(b" ")
        return int(offset), bytes.fromhex(b"".join(owner).decode()), float(at)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def drop(self) -> None:
        """Close the database and delete it."""
        self._db.close()
        shutil.rmtree(self._path, ignore_errors=True)


@lru_cache(maxsize=1)
def _cache() -> rocksdict.Cache:
    return rocksdict.Cache(_BLOCK_CACHE_BYTES)


def _open(path: Path) -> rocksdict.Rdict:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    # keys come in any order, so that levels would rewrite all that is stored again and again
    options.set_compaction_style(rocksdict.DBCompactionStyle.universal())
    blocks = rocksdict.BlockBasedOptions()
    blocks.set_block_size(_BLOCK_BYTES)
    blocks.set_bloom_filter(10, block_based=False)
    blocks.set_block_cache(_cache())
    options.set_block_based_table_factory(blocks)
    return rocksdict.Rdict(str(path), options)
