"""PostgreSQL's parts on their own: what a start finds, it puts right or names."""

import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from deploy.embedded import EmbeddedError, postgres
from deploy.embedded.layout import Layout, Memory
from deploy.embedded.ports import Bound, Claims, Ports
from deploy.embedded.supervisor import PartError, Supervisor

pytestmark = pytest.mark.integration


@pytest.fixture
def layout(place):
    root = place / f"overround-postgres-{uuid4().hex[:8]}"
    root.mkdir()
    yield Layout(root)
    shutil.rmtree(root)


@pytest.fixture
def memory():
    with Claims() as claims:
        yield replace(Memory(), ports=claims.settle(Ports(), Bound()))


@asynccontextmanager
async def running(layout, memory):
    async with Supervisor([postgres.primary(layout, memory), postgres.replica(layout, memory)]) as supervisor:
        yield supervisor


async def ask(dsn, question):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_what_an_interrupted_first_start_left_is_made_anew(layout, memory):
    for half in ("postgres.new", "postgres_replica.new"):
        (layout.root / half).mkdir()
        (layout.root / half / "PG_VERSION").touch()
    async with running(layout, memory):
        assert await ask(memory.addresses().postgres_replica, "SELECT pg_is_in_recovery()")
    assert not list(layout.root.glob("*.new"))


async def test_a_lost_replica_is_copied_again_from_the_primary(layout, memory):
    async with running(layout, memory):
        await ask(memory.addresses().postgres, "CREATE TABLE kept AS SELECT 7 AS bets")
    shutil.rmtree(layout.data("postgres_replica"))
    async with running(layout, memory):
        assert await ask(memory.addresses().postgres_replica, "SELECT bets FROM kept") == 7


async def test_a_replica_whose_place_in_the_log_is_lost_is_copied_again(layout, memory):
    async with running(layout, memory):
        pass
    async with Supervisor([postgres.primary(layout, memory)]):
        login = memory.addresses().postgres.replace("overround", "replicator", 1)
        await ask(login, "SELECT pg_drop_replication_slot('replica') IS NULL")
        await ask(memory.addresses().postgres, "CREATE TABLE since AS SELECT 8 AS bets")
    async with running(layout, memory):
        assert await ask(memory.addresses().postgres_replica, "SELECT bets FROM since") == 8


async def test_a_lock_that_names_a_process_of_somebody_else_is_no_obstacle(layout, memory):
    async with running(layout, memory) as supervisor:
        for pid in supervisor.pids().values():
            os.kill(pid, 9)
        await supervisor.stop()
    for name in ("postgres", "postgres_replica"):
        lock = layout.data(name) / "postmaster.pid"
        lock.write_text(f"{os.getpid()}\n{layout.data(name)}\n")
    async with running(layout, memory):
        assert await ask(memory.addresses().postgres, "SELECT 1") == 1


async def test_a_postgres_that_nobody_supervises_is_named_with_the_way_to_end_it(layout, memory):
    async with running(layout, memory) as supervisor:
        pid = supervisor.pids()["postgres"]
        with pytest.raises(EmbeddedError, match=f"kill {pid}"):
            await Supervisor([postgres.primary(layout, memory)]).start()
        assert await ask(memory.addresses().postgres, "SELECT 1") == 1


async def test_damaged_data_are_named_with_the_end_of_the_log(layout, memory):
    async with running(layout, memory):
        pass
    (layout.data("postgres") / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(PartError, match=r"(?s)postgres .* before it was ready.*pg_control"):
        async with running(layout, memory):
            pass
