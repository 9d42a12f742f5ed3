"""The one error of the embedded stack, and what failed file operations mean."""

import errno
from pathlib import Path


class EmbeddedError(Exception):
    """Something that the user can put right; the message says what happened and what to do."""


def explain(error: OSError, root: Path) -> str:
    """Return what a failed file operation means for the user, and what to do."""
    if error.errno == errno.ENOSPC:
        return full(root)
    where = error.filename or root
    return (
        f"cannot write {where}: {error.strerror}. Choose a data directory that belongs to you: "
        "overround up --data-dir DIR (or set OVERROUND_DATA_DIR)."
    )


def full(root: Path, free_mb: int | None = None, least_mb: int | None = None) -> str:
    """Return the message for a disk without room."""
    left = "" if free_mb is None else f": {free_mb} MB are free, {least_mb} MB are needed"
    return f"the disk of {root} is full{left}. Make room there, or choose another place with --data-dir."
