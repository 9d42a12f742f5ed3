"""Keeps processes running: starts them in order, restarts those that die, ends all within a bound.

Used for the embedded stack, and by anything else that runs several processes at once:

    parts = [Part("compile", [sys.executable, "-m", "overround.cli", "worker", "compile"], log=log)]
    async with Supervisor(parts) as supervisor:
        supervisor.pids()["compile"]

Leaving the block ends every part. Should the supervisor itself be killed, its parts die with it (Linux).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from deploy.embedded.part import Part, PartError, PartStatus, State
from deploy.embedded.process import end, how, spawn, tail

__all__ = ["OnChange", "Part", "PartError", "PartStatus", "State", "Supervisor"]

OnChange = Callable[[str, PartStatus], None]

log = logging.getLogger(__name__)


class Supervisor:
    """Keeps parts running on the event loop that starts it.

    Parameters
    ----------
    parts : iterable of Part
        What to run.
    on_change : callable, optional
        Given a part's name and status after each change.
    backoff_s : tuple of float
        Pause before a part's first restart, doubled while it keeps dying; and its upper bound.

    Notes
    -----
    A part that has never been ready fails the whole start; one that has been is restarted for ever. The
    thread that runs the loop has to live as long as the parts: Linux ties them to it.
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

    async def wait_ready(self, name: str) -> None:
        """Return when the part is ready; at once if it is."""
        await self._ready[name].wait()

    async def start(self) -> None:
        """Start every part; return when all are ready.

        Raises
        ------
        PartError
            A part ended or did not become ready in its time; the others have been stopped.
        """
        self._stopping = False
        for name in self._parts:
            self._tasks[name] = asyncio.create_task(self._keep(name), name=f"supervise {name}")
        everything = asyncio.create_task(self._all_ready())
        try:
            done, _ = await asyncio.wait(
                [everything, *self._tasks.values()], return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()  # raises what made a part's task end
        except BaseException:
            await self.stop()
            raise
        finally:
            everything.cancel()

    async def _all_ready(self) -> None:
        for event in self._ready.values():
            await event.wait()

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
        await self._run(name, part)
        pause, longest = self._backoff_s
        while True:
            await asyncio.sleep(pause)
            self._status[name].restarts += 1
            started = self._clock()
            try:
                await self._run(name, part)
            except Exception as error:  # whatever it was, a supervisor tries again
                log.warning("%s could not be restarted: %s", name, error)
                self._set(name, "down")
            lasted = self._clock() - started
            pause = self._backoff_s[0] if lasted > 6 * longest else min(pause * 2, longest)

    async def _run(self, name: str, part: Part) -> None:
        """Run one process from its preparation to its end.

        Raises
        ------
        PartError
            It was never ready.
        """
        if part.prepare is not None:
            self._set(name, "preparing")
            await part.prepare()
        process = await spawn(part)
        status = self._status[name]
        status.pid = process.pid
        self._set(name, "starting")
        try:
            await _until_ready(part, process)
            self._set(name, "ready")
            self._ready[name].set()
            await process.wait()
        finally:
            self._ready[name].clear()
            await end(process, part.stop_signal, part.stop_within_s)
            status.pid = None
            status.exit_code = process.returncode
            self._set(name, "stopped" if self._stopping else "down")

    def _set(self, name: str, state: State) -> None:
        status = self._status[name]
        status.state = state
        status.since = self._clock()
        if self._on_change is not None:
            try:
                self._on_change(name, status)
            except Exception:  # a full disk under a status file must not end the supervision
                log.exception("%s is %s, which could not be told", name, state)


async def _until_ready(part: Part, process: asyncio.subprocess.Process) -> None:
    """Return when the part is ready; raise PartError if it ends or its time is up before that."""
    if part.ready is None:
        return
    ended = asyncio.create_task(process.wait())
    answered = asyncio.create_task(_answers(part))
    try:
        await asyncio.wait(
            [ended, answered], timeout=part.start_within_s, return_when=asyncio.FIRST_COMPLETED
        )
        if ended.done():
            raise PartError(part.name, f"{how(ended.result())} before it was ready", tail(part.log))
        if not answered.done():
            raise PartError(part.name, f"was not ready within {part.start_within_s:g} s", tail(part.log))
    finally:
        for task in (ended, answered):
            task.cancel()
        await asyncio.gather(ended, answered, return_exceptions=True)


async def _answers(part: Part) -> None:
    assert part.ready is not None
    while True:
        with contextlib.suppress(Exception):
            if await asyncio.wait_for(part.ready(), 2.0):
                return
        await asyncio.sleep(0.05)
