"""Servers that are killed, stopped, or hang."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from schemas import Bet, Decision
from storage import migrations, tables
from storage.bets import Bets
from storage.clients import Client, Clients
from storage.database import Database
from storage.errors import Unreachable
from storage.table import Row
from storage.writer import Writer
from tests.unit.storage.messages import golden, rows

pytestmark = pytest.mark.integration


async def until_written(write: Callable[[], Awaitable[object]]) -> None:
    """Do what runs a sink: try the chunk again as long as its service does not answer."""
    async with asyncio.timeout(60):
        while True:
            try:
                await write()
            except Unreachable:
                await asyncio.sleep(0.05)
            else:
                return


def chunks(count: int, size: int) -> list[Sequence[Row]]:
    decisions = [golden(Decision, "accepted", bet_id=f"bet-{n}") for n in range(count * size)]
    found = rows(tables.DECISIONS, *decisions)
    return [found[i : i + size] for i in range(0, len(found), size)]


async def test_a_primary_killed_again_and_again_loses_and_doubles_no_decision(servers):
    await servers.start("postgres")
    await migrations.apply(servers.addresses.postgres)
    writer, database = Writer(servers.addresses.postgres), Database(servers.addresses.postgres)
    await writer.open()
    await database.open()
    batches = chunks(80, 100)
    written = 0

    async def write_all() -> None:
        nonlocal written
        for batch in batches:
            await until_written(lambda b=batch: writer.write(tables.DECISIONS, b))
            written += 1

    async def kill_after(*counts: int) -> None:
        for count in counts:
            while written < count:
                await asyncio.sleep(0)
            pid = servers.pid("postgres")
            os.kill(pid, signal.SIGKILL)
            await servers.restarted("postgres", pid)

    try:
        await asyncio.gather(write_all(), kill_after(5, 25, 45))
        assert written == len(batches)
        [row] = await database.at_primary("SELECT count(*), count(DISTINCT bet_id) FROM decisions")
        assert tuple(row) == (8000, 8000)
        [row] = await database.at_primary("SELECT count(*) FROM decision_conflicts")
        assert row[0] == 0
    finally:
        await writer.close()
        await database.close()


async def test_reads_go_on_while_the_primary_is_away_and_writes_say_so(servers):
    await servers.start("postgres")
    await migrations.apply(servers.addresses.postgres)
    await servers.start("postgres_replica")
    writer = Writer(servers.addresses.postgres)
    database = Database(servers.addresses.postgres, servers.addresses.postgres_replica)
    await writer.open()
    await database.open()
    bet = golden(Bet)
    batch = rows(tables.BETS, bet)
    client = Client("desk", "north", (), "hash")
    try:
        await writer.write(tables.BETS, batch)
        await Clients(database).add(client)
        await database.caught_up()
        await servers.stop("postgres")

        assert await Bets(database).bet(bet.operator, bet.bettor, bet.bet_id) == bet
        assert await Clients(database).find("desk") == client
        assert await Clients(database).find("nobody") is None
        with pytest.raises(Unreachable):
            await writer.write(tables.BETS, batch)
        with pytest.raises(Unreachable):
            await database.caught_up()

        await servers.start("postgres")
        assert await writer.write(tables.BETS, batch) == []
    finally:
        await writer.close()
        await database.close()


async def test_reads_go_to_the_primary_while_the_replica_is_away(servers):
    await servers.start("postgres")
    await migrations.apply(servers.addresses.postgres)
    database = Database(servers.addresses.postgres, servers.addresses.postgres_replica)
    await database.open()
    try:
        assert (await database.read("SELECT pg_is_in_recovery()"))[0][0] is False
        await servers.start("postgres_replica")
        async with asyncio.timeout(10):  # a replica that was away is asked last for a while
            while not (await database.read("SELECT pg_is_in_recovery()"))[0][0]:
                await asyncio.sleep(0.02)
        await servers.stop("postgres_replica")
        assert (await database.read("SELECT pg_is_in_recovery()"))[0][0] is False
    finally:
        await database.close()


async def test_a_server_that_hangs_is_like_one_that_is_gone(servers):
    await servers.start("postgres")
    await migrations.apply(servers.addresses.postgres)
    writer = Writer(servers.addresses.postgres, timeout_s=0.5)
    await writer.open()
    batch = rows(tables.BETS, golden(Bet))
    try:
        await writer.write(tables.BETS, batch)
        stopped = hang(servers.pid("postgres"))
        began = time.monotonic()
        with pytest.raises(Unreachable):
            await writer.write(tables.BETS, batch)
        assert time.monotonic() - began < 10
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        await until_written(lambda: writer.write(tables.BETS, batch))
    finally:
        await writer.close()


async def test_a_replica_that_hangs_delays_one_read_and_not_the_next(servers):
    await servers.start("postgres")
    await servers.start("postgres_replica")
    database = Database(servers.addresses.postgres, servers.addresses.postgres_replica, timeout_s=0.5)
    await database.open()
    try:
        await database.read("SELECT 1")
        await database.at_primary("SELECT 1")
        stopped = hang(servers.pid("postgres_replica"))
        assert (await database.read("SELECT 1"))[0][0] == 1
        began = time.monotonic()
        assert (await database.read("SELECT 1"))[0][0] == 1
        assert time.monotonic() - began < 0.5
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    finally:
        await database.close()


def hang(pid: int) -> list[int]:
    """Stop a server and its children; return whom."""
    import psutil

    family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    for member in family:
        os.kill(member, signal.SIGSTOP)
    return family


async def test_a_writer_can_be_opened_before_its_server_is_there(servers):
    writer = Writer(servers.addresses.postgres)
    await writer.open()
    try:
        with pytest.raises(Unreachable):
            await writer.write(tables.BETS, rows(tables.BETS, golden(Bet)))
        await servers.start("postgres")
        await migrations.apply(servers.addresses.postgres)
        assert await writer.write(tables.BETS, rows(tables.BETS, golden(Bet))) == []
    finally:
        await writer.close()
