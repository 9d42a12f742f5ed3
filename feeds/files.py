"""Recordings on disk."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

_OPENERS: dict[str, Callable[..., IO[Any]]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}


def lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, unpacked where its name ends in ``.gz``, ``.xz`` or ``.bz2``.

    Blank lines are left out; line ends are cut off.
    """
    with _OPENERS.get(path.suffix, open)(path, "rb") as file:
        for raw in file:
            if stripped := raw.rstrip(b"\r\n"):
                yield stripped
