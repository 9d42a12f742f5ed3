"""Recordings on disk."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

_UNPACK: dict[str, Callable[..., IO[Any]]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
}
_WATCH_EVERY = 500


def lines(path: Path, watch: Callable[[int], object] | None = None) -> Iterator[bytes]:
    """Yield the lines of a file, unpacked where its name ends in ``.gz``, ``.xz`` or ``.bz2``.

    Blank lines are left out; line ends are cut off.

    Parameters
    ----------
    watch : callable, optional
        Called now and then with the number of bytes of the file that have been read.

    Raises
    ------
    OSError, EOFError, lzma.LZMAError, zlib.error
        The file cannot be read, or is not packed as its name says.
    """
    with path.open("rb") as file:
        unpack = _UNPACK.get(path.suffix)
        for number, raw in enumerate(unpack(file) if unpack else file):
            if watch and number % _WATCH_EVERY == 0:
                watch(file.tell())
            if stripped := raw.rstrip(b"\r\n"):
                yield stripped
    if watch:
        watch(path.stat().st_size)
