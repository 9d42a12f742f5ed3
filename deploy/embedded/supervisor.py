"""Keeps processes running: starts them in order, restarts those that die, ends all within a bound.

Used for the embedded stack, and by anything else that runs several processes at once:

    parts = [Part("worker", [sys.executable, "-m", "overround.cli", "worker", "compile"], log=log)]
    async with Supervisor(parts) as supervisor:
        supervisor.pids()["worker"]

Leaving the block ends every part. Should the supervisor itself be killed, its parts die with it (Linux).
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

LAUNCH = Path(__file__).with_name("launch.py")
LOG_BYTES = 16 * 1024 * 1024

State = Literal["waiting", "preparing", "starting", "ready", "down", "stopped"]


class PartError(Exception):
    """A part did not start.

    Parameters
    ----------
    part : str
        Its name.
    reason : str
        What happened, in a few words.
    tail : str
        The end of its log.
    """

    def __init__(self, part: str, reason: str, tail: str = "") -> None:
        super().__init__(f"{part} {reason}" + (f"\n{tail}" if tail else ""))
        self.part = part
        self.reason = reason
        self.tail = tail


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
        Awaited once, before the first start and after all of ``after`` are ready.
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


OnChange = Callable[[str, PartStatus], None]


class Supervisor:
    """Keeps parts running on the event loop that starts it.

    Parameters
    ----------
    parts : iterable of Part
        What to run.
    on_change : callable, optional
        Given a part's name and status after each change.
    backoff_s : tuple of float
        Pause before the first restart of a part, doubled while it keeps dying, and its upper bound.

    Notes
    -----
    The thread that runs the loop has to live as long as the parts: Linux ties them to it.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        *,
        on_change: OnChange | None = None,
        backoff_s: tuple[float, float] = (0.1, 5.0),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._parts = {part.name: part for part in parts}
        self._status = {name: PartStatus() for name in self._parts}
        self._ready = {name: asyncio.Event() for name in self._parts}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._on_change = on_change
        self._backoff_s = backoff_s
        self._clock = clock
        self._stopping = False

    async def __aenter__(self) -> Self:
        """Start; return when every part is ready."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    def pids(self) -> dict[str, int]:
        """Return the process ids of the parts that run, by name."""
        return {name: status.pid for name, status in self._status.items() if status.pid is not None}

    def status(self) -> dict[str, PartStatus]:
        """Return how each part is doing, by name."""
        return dict(self._status)

    async def start(self) -> None:
        """Start every part; return when all are ready.

        Raises
        ------
        PartError
            A part ended or did not become ready in its time; the others have been stopped.
        """
        for name in self._parts:
            self._tasks[name] = asyncio.create_task(self._keep(name), name=f"supervise {name}")
        waits = [asyncio.create_task(event.wait()) for event in self._ready.values()]
        everything = asyncio.gather(*waits)
        try:
            done, _ = await asyncio.wait(
                [everything, *self._tasks.values()], return_when=asyncio.FIRST_COMPLETED
            )
            for task in done - {everything}:
                await task
        except BaseException:
            await self.stop()
            raise
        finally:
            everything.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await everything

    async def wait_ready(self, name: str) -> None:
        """Return when the part is ready; at once if it is."""
        await self._ready[name].wait()

    async def stop(self) -> None:
        """End every part: ask, then kill what has not ended within its ``stop_within_s``."""
        self._stopping = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _keep(self, name: str) -> None:
        part = self._parts[name]
        for other in part.after:
            await self._ready[other].wait()
        if part.prepare is not None:
            self._set(name, "preparing")
            await part.prepare()
        pause, longest = self._backoff_s
        while True:
            started = self._clock()
            was_ready = await self._run(name, part)
            if not was_ready and self._status[name].restarts == 0:
                reason = _how(self._status[name].exit_code)
                raise PartError(name, f"{reason} before it was ready", tail(part.log))
            if self._clock() - started > 10 * longest:
                pause = self._backoff_s[0]
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)
            self._status[name].restarts += 1

    async def _run(self, name: str, part: Part) -> bool:
        """Run one process to its end; tell whether it was ready at some time."""
        process = await _spawn(part)
        status = self._status[name]
        status.pid = process.pid
        self._set(name, "starting")
        try:
            was_ready = await self._until_ready(part, process)
            if was_ready:
                self._set(name, "ready")
                self._ready[name].set()
                await process.wait()
        finally:
            self._ready[name].clear()
            await _end(part, process)
            status.pid = None
            status.exit_code = process.returncode
            self._set(name, "stopped" if self._stopping else "down")
        return was_ready

    async def _until_ready(self, part: Part, process: asyncio.subprocess.Process) -> bool:
        """Wait until the part is ready (True), or has ended or used up its time (False)."""
        if part.ready is None:
            return True
        ended = asyncio.create_task(process.wait())
        answered = asyncio.create_task(_poll(part.ready))
        try:
            await asyncio.wait(
                [ended, answered], timeout=part.start_within_s, return_when=asyncio.FIRST_COMPLETED
            )
            return answered.done() and not ended.done()
        finally:
            for task in (ended, answered):
                task.cancel()
            await asyncio.gather(ended, answered, return_exceptions=True)

    def _set(self, name: str, state: State) -> None:
        status = self._status[name]
        status.state = state
        status.since = self._clock()
        if self._on_change is not None:
            self._on_change(name, status)


async def _poll(ready: Callable[[], Awaitable[bool]]) -> None:
    while True:
        with contextlib.suppress(Exception):
            if await asyncio.wait_for(ready(), 2.0):
                return
        await asyncio.sleep(0.05)


def launched(command: Sequence[str], user: str | None, death_signal: signal.Signals) -> list[str]:
    """Return the command line that runs ``command`` tied to the life of the present process."""
    head = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(int(death_signal)), user or "-"]
    return [*head, *command]


async def _spawn(part: Part) -> asyncio.subprocess.Process:
    part.log.parent.mkdir(parents=True, exist_ok=True)
    if part.log.exists() and part.log.stat().st_size > LOG_BYTES:
        part.log.replace(part.log.with_suffix(part.log.suffix + ".1"))
    with part.log.open("ab") as log:
        # A session of its own: Ctrl-C in the terminal is the supervisor's to answer.
        return await asyncio.create_subprocess_exec(
            *launched(part.command, part.user, signal.SIGKILL),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=part.cwd,
            env={**os.environ, **part.env},
            start_new_session=True,
        )


async def _end(part: Part, process: asyncio.subprocess.Process) -> None:
    """End a process and all that it left in its process group."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(part.stop_signal)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), part.stop_within_s)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def run(
    command: Sequence[str],
    *,
    name: str,
    log: Path,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    cwd: Path | None = None,
) -> None:
    """Run a command to its end, its output going to ``log``.

    Raises
    ------
    PartError
        It failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *launched(command, user, signal.SIGKILL),
            stdin=asyncio.subprocess.PIPE,
            stdout=file,
            stderr=file,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
        )
    try:
        await process.communicate(stdin.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise PartError(name, f"could not be prepared ({Path(command[0]).name} {_how(process.returncode)})", tail(log))


def tail(log: Path, lines: int = 8) -> str:
    """Return the last lines of a log."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by signal {-code}"
    return f"ended with exit code {code}"
