"""What a supervisor keeps running: one process, and how it is doing."""

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

State = Literal["waiting", "preparing", "starting", "ready", "down", "stopped"]
"""``waiting`` for other parts; ``down`` between two processes; ``stopped`` on purpose."""


class PartError(Exception):
    """A part did not start.

    Parameters
    ----------
    part : str
        Its name.
    reason : str
        What happened, in a few words that follow the name.
    log_end : str
        The end of its log.
    """

    def __init__(self, part: str, reason: str, log_end: str = "") -> None:
        super().__init__(f"{part} {reason}" + (f"\n{log_end}" if log_end else ""))
        self.part = part
        self.reason = reason
        self.log_end = log_end


@dataclass(frozen=True)
class Part:
    """One process to be kept running.

    Parameters
    ----------
    name : str
        Unique within its supervisor.
    command : sequence of str
        The program and its arguments.
    log : Path
        Takes its standard output and error; one older log is kept beside it.
    ready : callable, optional
        Awaited again and again until it returns True; an exception counts as False. Without it a part is
        ready as soon as it runs.
    prepare : callable, optional
        Awaited before each start.
    after : sequence of str
        Parts that have to be ready before this one starts for the first time.
    env : mapping, optional
        Added to the supervisor's own environment.
    user : str, optional
        The user it runs as, where the supervisor is root.
    start_within_s, stop_within_s : float
        How long it may take to become ready; how long to end before it is killed.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]] | None = None
    prepare: Callable[[], Awaitable[None]] | None = None
    after: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    start_within_s: float = 60.0
    stop_within_s: float = 6.0


@dataclass
class PartStatus:
    """How a part is doing.

    Parameters
    ----------
    pid : int or None
        None while no process runs.
    restarts : int
        How often it has been started again.
    since : float
        UTC seconds of the last change of ``state``.
    exit_code : int or None
        Of its last process that ended; negative for a signal.
    """

    state: State = "waiting"
    pid: int | None = None
    restarts: int = 0
    since: float = 0.0
    exit_code: int | None = None
