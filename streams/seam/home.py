"""A worker's own place in the state directory: no two workers run one stage on the same files."""

import fcntl
import os
from itertools import count
from pathlib import Path


class Home:
    """A directory that this process alone uses, until it ends in whatever way.

    The lowest free number is taken, so a worker that comes back finds the files that it left.

    Parameters
    ----------
    root : Path
        The state directory.
    stage : str
    """

    def __init__(self, root: Path, stage: str) -> None:
        for number in count():
            path = root / stage / str(number)
            path.mkdir(parents=True, exist_ok=True)
            file = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                self.path, self._file = path, file
                return

    def close(self) -> None:
        """Let others have it."""
        os.close(self._file)
