"""Ports: the ones asked for, else the ones had before, else free ones that no other stack will take."""

import random
import socket
import sys
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

import psutil

from deploy.embedded.errors import EmbeddedError

FREE = range(20_000, 32_000)
"""Below what Linux hands out for outgoing connections, so that none of those gets in between."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1; 0 stands for a free one, which is then kept for the data directory."""

    kafka: int = 0
    kafka_controller: int = 0
    postgres: int = 0
    postgres_replica: int = 0
    redis: int = 0

    def or_else(self, other: Self) -> Self:
        """Return these ports, with ``other``'s where they are 0."""
        mine, theirs = self.by_name(), other.by_name()
        return replace(self, **{name: port or theirs[name] for name, port in mine.items()})

    def by_name(self) -> dict[str, int]:
        """Return the ports by the name of what listens there."""
        return asdict(self)


class Claims:
    """Ports that this process has claimed among all stacks of the machine, until it ends.

    A claim is a name in Linux's abstract socket space: the kernel takes it back when the process dies, and no
    file is left. Elsewhere only the look at the port itself protects.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def claim(self, port: int) -> bool:
        """Claim a port; False where another stack has it or something listens there."""
        if port in self._held or not is_free(port):
            return False
        if sys.platform == "linux":
            name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                name.bind(f"\0overround-port-{port}")
            except OSError:
                name.close()
                return False
            self._held[port] = name
        return True

    def settle(self, wanted: Ports) -> Ports:
        """Claim every port of ``wanted`` and a free one for each 0.

        Raises
        ------
        EmbeddedError
            A port that is not 0 is taken.
        """
        settled: dict[str, int] = {}
        for field in fields(wanted):
            port: int = getattr(wanted, field.name)
            if port and (port in settled.values() or not self.claim(port)):
                raise EmbeddedError(_taken(field.name, port))
            if port:
                settled[field.name] = port
        for field in fields(wanted):
            if field.name not in settled:
                settled[field.name] = self._any(set(settled.values()))
        return Ports(**settled)

    def _any(self, but: set[int]) -> int:
        for port in random.sample(FREE, 500):
            if port not in but and self.claim(port):
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
