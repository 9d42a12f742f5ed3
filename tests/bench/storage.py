"""How many rows and fields a second the stores take, by size of chunk.

    python -m tests.bench.storage

The stack is that of the settings (``OVERROUND_*``, else ``overround up``). PostgreSQL gets a database of the
bench's own, Redis hashes of its own; both are removed at the end. Each figure is of one connection that waits
for each chunk to be committed, decoding included. Rates suffer from whatever else the machine does; processor
time tells what the work itself costs, here and in the server, which has to run on this machine.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable

import asyncpg
import psutil
from redis.asyncio import Redis

from agents.cache import RedisCache
from agents.sink import PostgresSink
from overround.settings import settings
from schemas import BookShare, Decision, Exposure, FairPrice, Mark, OfferedPrice, RuleFigure
from schemas.base import Message
from storage import migrations
from storage.database import Database
from storage.redis_cache import Snapshots, Value
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox
from streams.topics import DECISIONS, EXPOSURE, FAIR, MARKS, offered
from tests.unit.storage.messages import golden

ROWS = 30_000
START_MS = 1_782_057_600_000
RULES = (
    "bad_bet",
    "suspended",
    "started",
    "price_moved",
    "max_stake",
    "max_payout",
    "velocity",
    "market_limit",
)


def decision(n: int) -> Message:
    rules = [RuleFigure(rule=rule, passed=True, figure=n + 0.25, limit=1e6) for rule in RULES]
    names = {"bet_id": f"bet-{n:09d}", "bettor": f"bettor-{n % 5000}", "event_id": f"event-{n % 300}"}
    return golden(Decision, "accepted", **names, rules=rules, event_time_ms=START_MS + n)


def price(n: int) -> Message:
    names = {"event_id": f"event-{n % 300}", "market": f"ou:{n % 3}.5", "sequence": n // 900 + 1}
    return golden(OfferedPrice, operator="north", **names, event_time_ms=START_MS + n)


def fair(n: int) -> Message:
    books = [BookShare(book=f"bookmaker-{k}", partition=1, offset=n + k, weight=0.025) for k in range(40)]
    names = {"event_id": f"event-{n % 300}", "market": f"ou:{n % 3}.5", "sequence": n // 900 + 1}
    return golden(FairPrice, **names, books=books, event_time_ms=START_MS + n)


def mark(n: int) -> Message:
    return golden(Mark, bet_id=f"bet-{n:09d}", bettor=f"bettor-{n % 5000}", event_time_ms=START_MS + n)


def exposure(n: int) -> Message:
    return golden(Exposure, event_id=f"event-{n % 300}", version=n // 300 + 1, event_time_ms=START_MS + n)


def chunks(topic: str, make: Callable[[int], Message], size: int, first: int) -> list[Chunk]:
    records = [
        PlainRecord(topic, 0, n, START_MS, b"key", make(n).model_dump_json().encode())
        for n in range(first, first + ROWS)
    ]
    return [Chunk(topic, 0, records[i : i + size]) for i in range(0, ROWS, size)][:1000]


class Meter:
    """Times chunks, and the processor time that they cost here and in a server on this machine."""

    def __init__(self, server: psutil.Process) -> None:
        self.server = server

    def _busy(self) -> float:
        family = [self.server, *self.server.children()]
        times = [process.cpu_times() for process in family]
        return time.process_time() + sum(spent.user + spent.system for spent in times)

    async def run(
        self, what: str, process: Callable[[Chunk, Outbox], Awaitable[None]], batches: list[Chunk]
    ) -> None:
        busy, began = self._busy(), time.perf_counter()
        for chunk in batches:
            out = Outbox(4)
            await process(chunk, out)
            assert not out.rejected
        took, busy = time.perf_counter() - began, self._busy() - busy
        records, size = sum(len(chunk.records) for chunk in batches), len(batches[0].records)
        print(
            f"{what:36} chunks of {size:4}: {records / took:8,.0f}/s; {1e6 * busy / records:5,.0f} us of "
            f"processor time each, {records / busy:7,.0f}/s a core",
            flush=True,
        )


async def rows(postgres: str, replica: str) -> None:
    await migrations.apply(postgres)
    sink, database = PostgresSink(postgres, ["north"]), Database(postgres, replica)
    await sink.start()
    await database.open()
    kinds = [
        (DECISIONS.name, decision),
        (offered("north").name, price),
        (FAIR.name, fair),
        (MARKS.name, mark),
        (EXPOSURE.name, exposure),
    ]
    [row] = await database.at_primary("SELECT pg_backend_pid()")
    meter = Meter(psutil.Process(row[0]).parent() or psutil.Process(row[0]))
    for topic, make in kinds:
        for turn, size in enumerate((1, 100, 500, 1000)):
            await meter.run(f"PostgreSQL {topic}", sink.process, chunks(topic, make, size, turn * ROWS))
    again = chunks(DECISIONS.name, decision, 1000, 3 * ROWS)
    await meter.run("PostgreSQL the same decisions again", sink.process, again)
    began = time.perf_counter()
    await database.caught_up()
    print(f"replica behind by {1000 * (time.perf_counter() - began):.0f} ms at the end")
    await sink.stop()
    await database.close()


async def fields(url: str) -> None:
    operator = f"bench-{uuid.uuid4().hex}"
    topic, cache, snapshots = offered(operator).name, RedisCache(url, [operator], ""), Snapshots(url)

    def own(n: int, markets: int) -> Message:
        names = {"event_id": f"event-{n % markets}", "market": "1x2", "sequence": n + 1}
        return golden(OfferedPrice, operator=operator, **names)

    async def write(chunk: Chunk, out: Outbox) -> None:
        """Do what the stage does, but take no notice of whether the cache is complete."""
        values: dict[str, dict[str, Value]] = {}
        cache._collect(values, chunk, out)
        await snapshots.write(values)

    async with Redis.from_url(url) as client:
        meter = Meter(psutil.Process((await client.info("server"))["process_id"]))
        for markets, what in ((ROWS, "each market once"), (300, "of 300 markets")):
            for turn, size in enumerate((1, 100, 500, 1000)):
                batches = chunks(topic, lambda n, m=markets: own(n, m), size, turn * ROWS)
                await meter.run(f"Redis prices {what}", write, batches)
        await client.delete(f"prices:{operator}", f"versions:prices:{operator}")
    await cache.stop()
    await snapshots.close()


async def main() -> None:
    config = settings()
    name = f"bench_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(config.postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        dsns = [
            f"{dsn.rpartition('/')[0]}/{name}"
            for dsn in (config.postgres, config.postgres_replica or config.postgres)
        ]
        await rows(*dsns)
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()
    await fields(config.redis)


if __name__ == "__main__":
    asyncio.run(main())
