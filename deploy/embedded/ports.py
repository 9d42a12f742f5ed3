"""Ports: the ones asked for, else the ones had before, else free ones that no other stack will take."""

import random
import socket
import sys
from dataclasses import asdict, dataclass
from typing import Self

import psutil

from deploy.embedded.errors import EmbeddedError

FREE = range(20_000, 32_000)
"""Below what Linux hands out for outgoing connections, so that none of those gets in between."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1: None is the one of last time, 0 (or no last time) a free one."""

    kafka: int | None = None
    kafka_controller: int | None = None
    postgres: int | None = None
    postgres_replica: int | None = None
    redis: int | None = None

    def by_name(self) -> dict[str, int | None]:
        """Return the ports by the name of what listens there."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bound:
    """The TCP ports that a data directory has; 0 before its first start."""

    kafka: int = 0
    kafka_controller: int = 0
    postgres: int = 0
    postgres_replica: int = 0
    redis: int = 0


class Claims:
    """Ports claimed among all stacks of this machine, until the block or the process ends.

    A claim is a name in Linux's abstract socket space: the kernel takes it back when the process dies, and no
    file is left. Elsewhere only the look at the port itself protects.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def claim(self, port: int) -> bool:
        """Claim a port; False where another stack has it or something listens there."""
        if port in self._held or not is_free(port):
            return False
        name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if sys.platform == "linux":
                name.bind(f"\0overround-port-{port}")
        except OSError:
            name.close()
            return False
        self._held[port] = name
        return True

    def __enter__(self) -> Self:
        """Claim nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of all claims."""
        for name in self._held.values():
            name.close()
        self._held.clear()

    def settle(self, wanted: Ports, before: Bound) -> Bound:
        """Claim the ports that are wanted, the ones had before for None, and free ones for 0.

        Raises
        ------
        EmbeddedError
            A port that is wanted or was had before is taken.
        """
        last = asdict(before)
        asked = {name: last[name] if port is None else port for name, port in wanted.by_name().items()}
        for name, port in asked.items():
            if port and not self.claim(port):
                raise EmbeddedError(_taken(name, port))
        return Bound(**{name: port or self._any() for name, port in asked.items()})

    def _any(self) -> int:
        for port in random.sample(FREE, 500):
            if self.claim(port):
                return port
        raise EmbeddedError(
            f"no free port found between {FREE.start} and {FREE.stop}: name some with --kafka-port etc."
        )


def is_free(port: int) -> bool:
    """Tell whether a TCP port of 127.0.0.1 can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def _taken(name: str, port: int) -> str:
    option = f"--{name.replace('_', '-')}-port"
    return (
        f"port {port}, wanted for {name}, is taken{_by_whom(port)}. "
        f"End what listens there, or choose another: overround up {option} N (0 picks a free one)."
    )


def _by_whom(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr
            if connection.status == psutil.CONN_LISTEN and here and here.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass  # another user's processes may be hidden
    return ""
