"""Starting and ending one process so that nothing of it is left."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.embedded.part import Part, PartError

LAUNCH = Path(__file__).with_name("launch.py")
LOG_BYTES = 16 * 1024 * 1024


def launched(command: Sequence[str], user: str | None, death_signal: signal.Signals) -> list[str]:
    """Return the command line that runs ``command`` tied to the life of the thread that starts it."""
    head = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(int(death_signal)), user or "-"]
    return [*head, *command]


async def spawn(part: Part) -> asyncio.subprocess.Process:
    """Start a part's process, in a session of its own: Ctrl-C is the supervisor's to answer."""
    part.log.parent.mkdir(parents=True, exist_ok=True)
    if part.log.exists() and part.log.stat().st_size > LOG_BYTES:
        part.log.replace(part.log.with_suffix(part.log.suffix + ".1"))
    with part.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *launched(part.command, part.user, signal.SIGKILL),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=part.cwd,
            env={**os.environ, **part.env},
            start_new_session=True,
        )


async def end(process: asyncio.subprocess.Process, ask: signal.Signals, within_s: float) -> None:
    """End a process and all that it left in its process group.

    Parameters
    ----------
    ask : signal
        Sent first; after ``within_s`` seconds, or when this is cancelled, comes SIGKILL.
    """
    try:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(ask)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), within_s)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def run(
    command: Sequence[str],
    *,
    part: str,
    log: Path,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> None:
    """Run a command of a part's preparation to its end, its output going to ``log``.

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
            start_new_session=True,
        )
    try:
        await process.communicate(stdin.encode())
    finally:
        await end(process, signal.SIGKILL, 0)
    if process.returncode:
        program = Path(command[0]).name
        raise PartError(part, f"could not be prepared: {program} {how(process.returncode)}", tail(log))


def tail(log: Path, lines: int = 8) -> str:
    """Return the last lines of a log."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def how(code: int | None) -> str:
    """Return in words how a process ended."""
    if code is not None and code < 0:
        return f"was ended by signal {-code}"
    return f"ended with exit code {code}"
