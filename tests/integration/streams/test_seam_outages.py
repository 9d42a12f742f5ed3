"""The broker goes away and comes back: workers wait, lose nothing, and end in time when told to."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded import jars, kafka
from deploy.embedded.layout import Layout, Memory
from deploy.embedded.ports import Bound, Claims, Ports
from deploy.embedded.supervisor import Supervisor
from tests.integration.streams.bed import Bed, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@asynccontextmanager
async def broker(root: Path) -> AsyncIterator[tuple[str, Supervisor]]:
    """A broker of one test's own, started again when it dies."""
    layout = Layout(root)
    layout.conf.mkdir()
    with Claims() as claims:
        memory = replace(Memory(), ports=claims.settle(Ports(), Bound()))
        found = await asyncio.to_thread(jars.jars, jars.cache_dir(layout.root / "cache"), lambda *_: None)
        async with Supervisor([kafka.part(layout, memory, found)]) as supervisor:
            yield memory.addresses().kafka, supervisor


@contextmanager
def bed_on(servers: str, root: Path) -> Iterator[Bed]:
    bed = Bed(servers, root / "bed")
    try:
        yield bed
    finally:
        bed.close()


async def kill_broker(supervisor: Supervisor) -> None:
    """Kill it, and return when another one answers."""
    pid = supervisor.pids()["kafka"]
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        while supervisor.pids().get("kafka", pid) == pid:
            await asyncio.sleep(0.01)
        await supervisor.wait_ready("kafka")


async def test_workers_outlive_a_broker_that_is_killed_while_chunks_are_in_flight(tmp_path):
    async with broker(tmp_path) as (servers, supervisor):
        with await asyncio.to_thread(lambda: bed_on(servers, tmp_path)) as bed:
            await outlive(bed, supervisor)


async def outlive(bed: Bed, supervisor: Supervisor) -> None:
    worker = await asyncio.to_thread(bed.start, chunk=20)
    await asyncio.to_thread(worker.wait_ready)
    sending = threading.Thread(target=lambda: [bed.send(range(n, n + 100)) for n in range(0, 4000, 100)])
    sending.start()
    await asyncio.to_thread(until, lambda: len(worker.table()) > 0)
    for _ in range(2):
        await kill_broker(supervisor)
        await asyncio.to_thread(bed.send, range(10_000 + len(bed.sent), 10_010 + len(bed.sent)))
    await asyncio.to_thread(sending.join)
    await asyncio.to_thread(bed.wait_done, 120)
    assert worker.alive
    assert await asyncio.to_thread(worker.get, "/health/ready") == (
        200,
        '{"status": "ok", "waiting_for": []}',
    )
    assert await asyncio.to_thread(worker.table) == bed.expected_table()
    await asyncio.to_thread(bed.assert_outputs)


async def test_a_worker_without_a_broker_ends_in_time_and_one_that_starts_waits_for_it(tmp_path):
    async with broker(tmp_path) as (servers, supervisor):
        with await asyncio.to_thread(lambda: bed_on(servers, tmp_path)) as bed:
            await ends_and_waits(bed, supervisor)


async def ends_and_waits(bed: Bed, supervisor: Supervisor) -> None:
    worker = await asyncio.to_thread(bed.start)
    await asyncio.to_thread(worker.wait_ready)
    os.kill(supervisor.pids()["kafka"], signal.SIGSTOP)
    assert await asyncio.to_thread(worker.stop) < 5.5
    waiting = await asyncio.to_thread(bed.start)
    await asyncio.to_thread(until, lambda: "waiting for Kafka" in waiting.log.read_text())
    os.kill(supervisor.pids()["kafka"], signal.SIGCONT)
    await asyncio.to_thread(bed.send, range(100))
    await asyncio.to_thread(bed.wait_done)
    assert await asyncio.to_thread(waiting.table) == bed.expected_table()
