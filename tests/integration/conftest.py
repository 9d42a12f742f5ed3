"""Databases and servers for tests that write to them, or end them."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded import postgres, valkey
from deploy.embedded.layout import Layout, Memory
from deploy.embedded.ports import Ports
from deploy.embedded.supervisor import Part, Supervisor
from storage import migrations


@dataclass(frozen=True)
class Dsns:
    """One database, on the primary and on its replica."""

    primary: str
    replica: str


@pytest.fixture
async def empty_database(stack) -> AsyncIterator[Dsns]:
    """A database of this test's own, without tables."""
    name = f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(stack.postgres)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield Dsns(*(f"{dsn.rpartition('/')[0]}/{name}" for dsn in (stack.postgres, stack.postgres_replica)))
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database(empty_database) -> Dsns:
    """A database of this test's own, with all tables."""
    await migrations.apply(empty_database.primary)
    return empty_database


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Servers:
    """Servers of one test's own, which it may kill; each is started again when it dies, until stopped."""

    def __init__(self, folder: Path) -> None:
        ports = Ports(postgres=free_port(), postgres_replica=free_port(), redis=free_port())
        layout, memory = Layout(folder), Memory(ports=ports)
        layout.conf.mkdir()
        self.addresses = memory.addresses()
        self._parts: dict[str, Part] = {
            "postgres": postgres.primary(layout, memory),
            "postgres_replica": replace(postgres.replica(layout, memory), after=()),
            "redis": valkey.part(layout, memory),
        }
        self._supervisors: dict[str, Supervisor] = {}

    async def start(self, name: str) -> None:
        self._supervisors[name] = Supervisor([self._parts[name]])
        await self._supervisors[name].start()

    async def stop(self, name: str) -> None:
        await self._supervisors.pop(name).stop()

    def pid(self, name: str) -> int:
        return self._supervisors[name].pids()[name]

    async def restarted(self, name: str, pid: int) -> None:
        """Return when another process than ``pid`` answers."""
        supervisor = self._supervisors[name]
        async with asyncio.timeout(30):
            while supervisor.pids().get(name, pid) == pid:
                await asyncio.sleep(0.01)
            await supervisor.wait_ready(name)

    async def stop_all(self) -> None:
        for name in list(self._supervisors):
            await self.stop(name)


@pytest.fixture
async def servers(tmp_path) -> AsyncIterator[Servers]:
    """PostgreSQL, its replica and Valkey, none of them started yet."""
    found = Servers(tmp_path)
    try:
        yield found
    finally:
        await found.stop_all()
