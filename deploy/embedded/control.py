"""The embedded stack from outside: start it, end it."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from deploy.embedded.errors import EmbeddedError, explain
from deploy.embedded.layout import Addresses, Layout, read_memory
from deploy.embedded.ports import Ports
from deploy.embedded.process import launched
from deploy.embedded.running import addresses_of, lives, supervisor_of

STOP_WITHIN_S = 10.0
MIN_FREE_MB = 512


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of the start.

    Parameters
    ----------
    part : str
        ``kafka``, ``postgres``, ``postgres_replica`` or ``redis``.
    state : str
        ``downloading``, or a ``supervisor.State``.
    done, total : int
        How far the download is, in files; 0 of 0 otherwise.
    """

    part: str
    state: str
    done: int = 0
    total: int = 0


OnProgress = Callable[[Progress], None]


def start(
    data_dir: Path,
    ports: Ports | None = None,
    on_progress: OnProgress = lambda _: None,
    *,
    tied: bool = False,
    remove: bool = False,
    min_free_mb: int = MIN_FREE_MB,
    within_s: float = 600.0,
) -> Addresses:
    """Start the stack of a data directory, or find it running; return when all parts are ready.

    Parameters
    ----------
    ports : Ports, optional
        Where the parts listen.
    tied : bool
        End the stack when the calling thread ends, however it ends (Linux).
    remove : bool
        Remove the data directory when the stack ends.
    min_free_mb : int
        Refuse to start with less room on the disk.
    within_s : float
        How long to wait, in seconds, for a start that somebody else has begun.

    Raises
    ------
    EmbeddedError
        It could not be started, and nothing runs; or it runs with other ports than asked for.
    """
    layout = Layout(data_dir.absolute())
    deadline = time.monotonic() + within_s
    if (process := supervisor_of(layout)) is None:
        daemon = _spawn(layout, ports or Ports(), tied=tied, remove=remove, min_free_mb=min_free_mb)
        try:
            if _follow(daemon, on_progress, layout):
                return addresses_of(layout)
        except BaseException:
            _abandon(daemon)
            raise
        process = _other(layout)
    addresses = _await_ready(layout, process, deadline)
    _compare(layout, ports or Ports())
    return addresses


def _compare(layout: Layout, wanted: Ports) -> None:
    memory = read_memory(layout.memory)
    had = asdict(memory.ports) if memory else {}
    for name, port in wanted.by_name().items():
        if port and had.get(name) != port:
            raise EmbeddedError(
                f"the stack in {layout.root} is up already, with {name} on port {had.get(name)} and not "
                f"{port}. To change that: overround down, then up again."
            )


def _spawn(
    layout: Layout, ports: Ports, *, tied: bool, remove: bool, min_free_mb: int
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "deploy.embedded.daemon", str(layout.root)]
    command += ["--ports", json.dumps(ports.by_name()), "--min-free-mb", str(min_free_mb)]
    if remove:
        command.append("--remove")
    if tied:
        command = launched(command, None, signal.SIGTERM)
    try:
        layout.log("supervisor").parent.mkdir(parents=True, exist_ok=True)
        with layout.log("supervisor").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                start_new_session=True,
                text=True,
            )
    except OSError as error:
        raise EmbeddedError(explain(error, layout.root)) from error


def _follow(daemon: "subprocess.Popen[str]", on_progress: OnProgress, layout: Layout) -> bool:
    """Pass on what the supervisor tells until it is ready; False when another one has the directory."""
    assert daemon.stdout is not None
    with daemon.stdout:
        for line in daemon.stdout:
            event: dict[str, Any] = json.loads(line)
            if "ready" in event:
                daemon.returncode = 0  # it outlives us: nothing for Popen to warn about
                return True
            if "part" in event:
                on_progress(Progress(**event))
                continue
            daemon.wait()
            if "busy" in event:
                return False
            raise EmbeddedError(event["failed"])
    raise EmbeddedError(f"the supervisor ended at its start. Its log says why: {layout.log('supervisor')}")


def _abandon(daemon: "subprocess.Popen[str]") -> None:
    daemon.terminate()
    try:
        daemon.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _other(layout: Layout) -> psutil.Process:
    """Return the supervisor that was quicker than ours."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if (process := supervisor_of(layout)) is not None:
            return process
        time.sleep(0.02)
    raise EmbeddedError(
        f"{layout.lock} is held by a process that is no supervisor of overround. Find it with: "
        f"fuser {layout.lock} (or lsof), end it, then start again."
    )


def stop(data_dir: Path) -> bool:
    """End the stack and all its processes; return whether it was up."""
    layout = Layout(data_dir.absolute())
    process = supervisor_of(layout)
    if process is None:
        return False
    family = [process, *process.children(recursive=True)]
    process.terminate()
    for survivor in _left(family, STOP_WITHIN_S - 1):
        with contextlib.suppress(psutil.NoSuchProcess):
            survivor.kill()
    _left(family, 1)
    layout.addresses.unlink(missing_ok=True)
    layout.supervisor.unlink(missing_ok=True)
    return True


def _left(processes: list[psutil.Process], within_s: float) -> list[psutil.Process]:
    """Wait for processes to end; return those that have not."""
    deadline = time.monotonic() + within_s
    while left := [process for process in processes if lives(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return left


def _await_ready(layout: Layout, process: psutil.Process, deadline: float) -> Addresses:
    while time.monotonic() < deadline and lives(process):
        with contextlib.suppress(OSError):
            return addresses_of(layout)
        time.sleep(0.05)
    raise EmbeddedError(f"the stack of {layout.root} does not become ready. End it with: overround down")
