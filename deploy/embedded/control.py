"""The embedded stack from outside: start it, end it, ask how it is."""

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
from deploy.embedded.supervisor import launched

STOP_WITHIN_S = 10.0


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
    """How one part is doing; ``rss`` in bytes, ``up_s`` in seconds since the state began."""

    name: str
    state: str
    pid: int | None
    restarts: int
    up_s: float
    rss: int
    address: str


@dataclass(frozen=True, slots=True)
class Status:
    """How a stack is doing; ``supervisor`` is its process id, None when it is not up."""

    data_dir: Path
    supervisor: int | None
    addresses: Addresses | None
    parts: tuple[PartReport, ...]


OnProgress = Callable[[Progress], None]


def start(
    data_dir: Path,
    ports: Ports | None = None,
    on_progress: OnProgress = lambda _: None,
    *,
    tied: bool = False,
    remove: bool = False,
    min_free_mb: int = 1024,
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
    if (process := _process(layout)) is not None:
        return _await_ready(layout, process, within_s)
    command = [sys.executable, "-m", "deploy.embedded.daemon", str(layout.root)]
    command += ["--ports", json.dumps((ports or Ports()).by_name()), "--min-free-mb", str(min_free_mb)]
    if remove:
        command.append("--remove")
    if tied:
        command = launched(command, None, signal.SIGTERM)
    try:
        layout.log("supervisor").parent.mkdir(parents=True, exist_ok=True)
        with layout.log("supervisor").open("ab") as log:
            daemon = subprocess.Popen(
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
    try:
        _follow(daemon, on_progress, layout)
    except BaseException:
        daemon.terminate()
        daemon.wait()
        raise
    daemon.returncode = 0  # it outlives us: nothing to warn about
    return _addresses(layout)


def _follow(daemon: "subprocess.Popen[str]", on_progress: OnProgress, layout: Layout) -> None:
    assert daemon.stdout is not None
    with daemon.stdout:
        for line in daemon.stdout:
            event: dict[str, Any] = json.loads(line)
            if "failed" in event:
                daemon.wait()
                raise EmbeddedError(event["failed"])
            if "ready" in event:
                return
            event.pop("at")
            on_progress(Progress(**event))
    raise EmbeddedError(f"the supervisor ended at its start. Its log says why: {layout.log('supervisor')}")


def stop(data_dir: Path) -> bool:
    """End the stack and all its processes; return whether it was up."""
    layout = Layout(data_dir.absolute())
    process = _process(layout)
    if process is None:
        return False
    children = process.children(recursive=True)
    process.terminate()
    _, left = psutil.wait_procs([process, *children], timeout=STOP_WITHIN_S - 1)
    for survivor in left:
        survivor.kill()
    psutil.wait_procs(left, timeout=1)
    layout.addresses.unlink(missing_ok=True)
    layout.supervisor.unlink(missing_ok=True)
    return True


def status(data_dir: Path) -> Status:
    """Tell how the stack of a data directory is doing."""
    layout = Layout(data_dir.absolute())
    process = _process(layout)
    if process is None:
        return Status(layout.root, None, None, ())
    try:
        addresses = _addresses(layout)
    except OSError:
        addresses = None
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
        up_s=time.time() - part["since"],
        rss=_resident(pid),
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
    """Return the supervisor if it lives; its start time tells it from a later process with its id."""
    try:
        state = json.loads(layout.supervisor.read_text())
        process = psutil.Process(state["pid"])
        alive = abs(process.create_time() - state["started"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return process if alive else None


def _addresses(layout: Layout) -> Addresses:
    return Addresses(**json.loads(layout.addresses.read_text()))


def _await_ready(layout: Layout, process: psutil.Process, within_s: float) -> Addresses:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and process.is_running():
        if layout.addresses.exists():
            return _addresses(layout)
        time.sleep(0.05)
    raise EmbeddedError(f"the stack of {layout.root} does not become ready. overround down ends it.")
