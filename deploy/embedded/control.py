"""The embedded stack from outside: start it, end it, ask how it is."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from deploy.embedded.errors import EmbeddedError, explain
from deploy.embedded.layout import Addresses, Layout
from deploy.embedded.ports import Ports
from deploy.embedded.process import launched

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


@dataclass(frozen=True, slots=True)
class PartReport:
    """How one part is doing; ``for_s`` is how long it has been in its state, in seconds."""

    name: str
    state: str
    pid: int | None
    restarts: int
    for_s: float
    memory_bytes: int
    address: str


@dataclass(frozen=True, slots=True)
class Status:
    """How a stack is doing; ``supervisor`` is its process id, None when it is not up."""

    data_dir: Path
    supervisor: int | None
    addresses: Addresses | None
    parts: tuple[PartReport, ...]

    @property
    def ready(self) -> bool:
        """Whether every part can be used."""
        return bool(self.parts) and all(part.state == "ready" for part in self.parts)


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
        Where the parts listen; 0 keeps the port had before, or takes a free one.
    tied : bool
        End the stack when the calling thread ends, however it ends (Linux).
    remove : bool
        Remove the data directory when the stack ends.
    min_free_mb : int
        Refuse to start with less room on the disk.

    Raises
    ------
    EmbeddedError
        It could not be started; nothing runs then.
    """
    layout = Layout(data_dir.absolute())
    deadline = time.monotonic() + within_s
    if (process := _process(layout)) is None:
        daemon = _spawn(layout, ports or Ports(), tied=tied, remove=remove, min_free_mb=min_free_mb)
        try:
            if _follow(daemon, on_progress, layout):
                return _addresses(layout)
        except BaseException:
            _abandon(daemon)
            raise
        process = _other(layout)
    return _await_ready(layout, process, deadline)


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
        if (process := _process(layout)) is not None:
            return process
        time.sleep(0.02)
    raise EmbeddedError(
        f"{layout.lock} is held by a process that is no supervisor of overround. Find it with: "
        f"fuser {layout.lock} (or lsof), end it, then start again."
    )


def stop(data_dir: Path) -> bool:
    """End the stack and all its processes; return whether it was up."""
    layout = Layout(data_dir.absolute())
    process = _process(layout)
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
    while left := [process for process in processes if _lives(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return left


def _lives(process: psutil.Process) -> bool:
    """Tell whether a process has not ended; a zombie has, and is buried if it is our own child."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def status(data_dir: Path) -> Status:
    """Tell how the stack of a data directory is doing."""
    layout = Layout(data_dir.absolute())
    process = _process(layout)
    if process is None:
        return Status(layout.root, None, None, ())
    addresses: Addresses | None = None
    with contextlib.suppress(OSError):
        addresses = _addresses(layout)
    parts: dict[str, Any] = json.loads(layout.supervisor.read_text())["parts"]
    return Status(
        layout.root,
        process.pid,
        addresses,
        tuple(_report(name, part, addresses) for name, part in parts.items()),
    )


def _report(name: str, part: dict[str, Any], addresses: Addresses | None) -> PartReport:
    pid: int | None = part["pid"]
    return PartReport(
        name=name,
        state=part["state"],
        pid=pid,
        restarts=part["restarts"],
        for_s=time.time() - part["since"],
        memory_bytes=_resident(pid),
        address=getattr(addresses, name) if addresses else "",
    )


def _resident(pid: int | None) -> int:
    """Return the resident bytes of a process with its children; pages that they share count once."""
    if pid is None:
        return 0
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family)
    except psutil.Error:
        return 0


def _process(layout: Layout) -> psutil.Process | None:
    """Return the supervisor if it lives; its start time tells it from a later process with its id.

    Raises
    ------
    EmbeddedError
        The stack is another user's.
    """
    try:
        state = json.loads(layout.supervisor.read_text())
        process = psutil.Process(state["pid"])
        known = abs(process.create_time() - state["started"]) < 1
    except PermissionError as error:
        raise EmbeddedError(
            f"the stack in {layout.root} is another user's. Ask as that user, or choose another --data-dir."
        ) from error
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return process if known and _lives(process) else None


def _addresses(layout: Layout) -> Addresses:
    return Addresses(**json.loads(layout.addresses.read_text()))


def _await_ready(layout: Layout, process: psutil.Process, deadline: float) -> Addresses:
    while time.monotonic() < deadline and _lives(process):
        with contextlib.suppress(OSError):
            return _addresses(layout)
        time.sleep(0.05)
    raise EmbeddedError(f"the stack of {layout.root} does not become ready. End it with: overround down")
