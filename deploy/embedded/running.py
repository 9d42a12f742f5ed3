"""Whether a stack runs, asked from outside."""

import contextlib
import json
import os

import psutil

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.layout import Addresses, Layout


def supervisor_of(layout: Layout) -> psutil.Process | None:
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
    return process if known and lives(process) else None


def addresses_of(layout: Layout) -> Addresses:
    """Return where the parts of a running stack answer; raise OSError while it is not ready."""
    return Addresses(**json.loads(layout.addresses.read_text()))


def lives(process: psutil.Process) -> bool:
    """Tell whether a process has not ended; a zombie has, and is buried if it is our own child."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
