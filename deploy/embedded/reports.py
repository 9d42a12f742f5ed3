"""How a stack and its parts are doing."""

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from deploy.embedded.layout import Addresses, Layout
from deploy.embedded.running import addresses_of, supervisor_of


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


def status(data_dir: Path) -> Status:
    """Tell how the stack of a data directory is doing."""
    layout = Layout(data_dir.absolute())
    process = supervisor_of(layout)
    if process is None:
        return Status(layout.root, None, None, ())
    addresses: Addresses | None = None
    with contextlib.suppress(OSError):
        addresses = addresses_of(layout)
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
