import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from agents.cache import RedisCache
from api.snapshots import RedisSnapshots
from schemas import BettorRisk, Exposure, OfferedPrice
from schemas.base import Message
from streams import admin
from streams.producer import Producer
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox, Unavailable
from streams.topics import BETTORS, EXPOSURE, offered, registry
from tests.unit.storage.messages import golden

pytestmark = pytest.mark.integration

PARTITIONS = 4


@pytest.fixture
def operator() -> str:
    return f"op-{uuid.uuid4().hex}"


@pytest.fixture
async def cache(stack, servers, operator) -> AsyncIterator[RedisCache]:
    """A cache stage on the session's Kafka, with a Valkey of its own that a test may kill."""
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    partitions = there.get(EXPOSURE.name, PARTITIONS)
    admin.apply(registry([operator]), stack.kafka, partitions)
    await servers.start("redis")
    found = RedisCache(servers.addresses.redis, [operator], stack.kafka)
    yield found
    await found.stop()


@pytest.fixture
async def redis(servers) -> AsyncIterator[Redis]:
    async with Redis.from_url(servers.addresses.redis) as client:
        yield client


def chunk(topic: str, messages: Sequence[Message]) -> Chunk:
    values = [message.model_dump_json().encode() for message in messages]
    return Chunk(topic, 0, [PlainRecord(topic, 0, n, 0, b"key", value) for n, value in enumerate(values)])


def price(operator: str, event: str, sequence: int) -> OfferedPrice:
    return golden(OfferedPrice, operator=operator, event_id=event, market="1x2", sequence=sequence)


async def cached(redis: Redis, operator: str) -> dict[str, int]:
    """The sequence of each price in the cache."""
    found = await redis.hgetall(f"prices:{operator}")
    return {k.decode(): OfferedPrice.model_validate_json(v).sequence for k, v in found.items()}


async def publish(kafka: str, operator: str, *prices: OfferedPrice) -> None:
    async with Producer(kafka) as producer:
        for message in prices:
            key = f"{message.event_id}|{message.market}"
            producer.send(offered(operator), key, message, message.event_time_ms, route=message.event_id)
        await producer.acknowledged()


async def test_each_message_lies_where_the_edge_looks_for_it(cache, servers, redis, operator):
    quoted, book = price(operator, "e", 1), golden(Exposure, operator=operator, event_id="e")
    bettor = golden(BettorRisk, operator=operator, bettor="b")
    for topic, message in ((offered(operator), quoted), (EXPOSURE, book), (BETTORS, bettor)):
        await cache.process(chunk(topic.name, [message]), Outbox(4))
    edge = RedisSnapshots(servers.addresses.redis)
    try:
        assert await edge.keys("prices", operator) == ["e|1x2"]
        assert await edge.prices(operator, ["e|1x2"]) == [quoted]
        assert await edge.exposures(operator, ["e"]) == [book]
    finally:
        await edge.close()
    assert BettorRisk.model_validate_json(await redis.hget(f"bettors:{operator}", "b")) == bettor


async def test_a_chunk_leaves_the_latest_of_each_market_and_an_old_chunk_changes_nothing(
    cache, redis, operator
):
    topic = offered(operator).name
    await cache.process(chunk(topic, [price(operator, "e", n) for n in (1, 3, 2)]), Outbox(4))
    assert await cached(redis, operator) == {"e|1x2": 3}
    await cache.process(chunk(topic, [price(operator, "e", n) for n in (1, 2)]), Outbox(4))
    assert await cached(redis, operator) == {"e|1x2": 3}


async def test_what_cannot_be_read_is_rejected_and_the_rest_cached(cache, redis, operator):
    topic = offered(operator).name
    good = chunk(topic, [price(operator, "e", 1)]).records[0]
    bad = PlainRecord(topic, 0, 1, 0, b"key", b"{")
    out = Outbox(4)
    await cache.process(Chunk(topic, 0, [bad, good]), out)
    assert [(record.offset, reason.split(":")[0]) for record, reason in out.rejected] == [(1, "not_json")]
    assert await cached(redis, operator) == {"e|1x2": 1}


async def test_a_stage_that_starts_beside_an_empty_cache_fills_it(cache, redis, stack, operator):
    await publish(
        stack.kafka, operator, price(operator, "e", 1), price(operator, "e", 2), price(operator, "f", 7)
    )
    await cache.start()
    assert await cached(redis, operator) == {"e|1x2": 2, "f|1x2": 7}


async def test_a_flushed_cache_is_filled_again_by_the_next_chunk(cache, redis, stack, operator):
    await publish(stack.kafka, operator, price(operator, "e", 1), price(operator, "f", 7))
    await cache.start()
    await redis.flushall()
    await cache.process(chunk(offered(operator).name, [price(operator, "e", 2)]), Outbox(4))
    assert await cached(redis, operator) == {"e|1x2": 2, "f|1x2": 7}


async def test_a_killed_cache_is_filled_again_whatever_it_kept(cache, servers, stack, operator):
    await publish(stack.kafka, operator, price(operator, "e", 1), price(operator, "f", 7))
    await cache.start()
    pid = servers.pid("redis")
    os.kill(pid, signal.SIGKILL)
    await servers.restarted("redis", pid)
    async with Redis.from_url(servers.addresses.redis) as client:
        # what the last second before the kill may have looked like
        await client.hdel(f"prices:{operator}", "f|1x2")
        await client.hdel(f"versions:prices:{operator}", "f|1x2")
        await until_written(cache, chunk(offered(operator).name, [price(operator, "e", 2)]))
        assert await cached(client, operator) == {"e|1x2": 2, "f|1x2": 7}


async def test_a_cache_that_is_away_makes_the_stage_unavailable_until_it_is_back(
    servers, cache, stack, operator
):
    await publish(stack.kafka, operator, price(operator, "f", 7))
    await servers.stop("redis")
    await cache.start()
    new = chunk(offered(operator).name, [price(operator, "e", 1)])
    with pytest.raises(Unavailable):
        await cache.process(new, Outbox(4))
    await servers.start("redis")
    await until_written(cache, new)
    async with Redis.from_url(servers.addresses.redis) as client:
        assert await cached(client, operator) == {"e|1x2": 1, "f|1x2": 7}


async def test_chunks_of_several_partitions_at_once_fill_the_cache_once(cache, redis, stack, operator):
    await publish(stack.kafka, operator, price(operator, "f", 7))
    topic = offered(operator).name
    await asyncio.gather(
        *(cache.process(chunk(topic, [price(operator, f"e{n}", 1)]), Outbox(4)) for n in range(8))
    )
    assert await cached(redis, operator) == {"f|1x2": 7} | {f"e{n}|1x2": 1 for n in range(8)}


async def until_written(cache: RedisCache, records: Chunk) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await cache.process(records, Outbox(4))
            except Unavailable:
                await asyncio.sleep(0.05)
            else:
                return
