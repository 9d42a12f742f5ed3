"""How many rows and fields a second the stores take, by size of chunk.

    python -m tests.bench.storage

The stack is that of the settings (``OVERROUND_*``, else ``overround up``). PostgreSQL gets a database of the
bench's own, Redis hashes of its own; both are removed at the end. Each figure is of one connection that waits
for each chunk to be committed, decoding included.
"""

import asyncio
import time
import uuid
from collections.abc import Callable

import asyncpg
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
    return [Chunk(topic, 0, records[i : i + size]) for i in range(0, ROWS, size)]


async def rate(process: Callable[[Chunk, Outbox], object], batches: list[Chunk]) -> float:
    began = time.perf_counter()
    for chunk in batches:
        out = Outbox(4)
        await process(chunk, out)
        assert not out.rejected
    return ROWS / (time.perf_counter() - began)


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
    for topic, make in kinds:
        for turn, size in enumerate((1, 100, 500, 1000)):
            batches = chunks(topic, make, size, turn * ROWS)
            batches = batches[:1000] if size == 1 else batches
            sized = sum(len(chunk.records) for chunk in batches)
            figure = await rate(sink.process, batches) * sized / ROWS
            print(f"PostgreSQL {topic:28} chunks of {size:4}: {figure:9,.0f} rows/s", flush=True)
    again = chunks(DECISIONS.name, decision, 1000, 3 * ROWS)
    figure = await rate(sink.process, again)
    print(f"PostgreSQL {'the same decisions again':28} chunks of 1000: {figure:9,.0f} rows/s")
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

    for markets, what in ((ROWS, "no market twice"), (300, "300 markets")):
        for turn, size in enumerate((1, 100, 500, 1000)):
            batches = chunks(topic, lambda n, m=markets: own(n, m), size, turn * ROWS)
            batches = batches[:1000] if size == 1 else batches
            sized = sum(len(chunk.records) for chunk in batches)
            figure = await rate(write, batches) * sized / ROWS
            print(f"Redis prices, {what:24} chunks of {size:4}: {figure:9,.0f} records/s", flush=True)
    async with Redis.from_url(url) as client:
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
