import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from schemas import OfferedPrice
from storage.errors import Unreachable
from storage.redis_cache import Snapshots, Value
from tests.unit.storage.messages import golden

pytestmark = pytest.mark.integration


@pytest.fixture
def name() -> str:
    return f"prices:{uuid.uuid4().hex}"


@pytest.fixture
async def snapshots(stack, name) -> AsyncIterator[Snapshots]:
    found = Snapshots(stack.redis)
    yield found
    await found.close()


@pytest.fixture
async def redis(stack, name) -> AsyncIterator[Redis]:
    async with Redis.from_url(stack.redis) as client:
        yield client
        await client.delete(name, f"versions:{name}")


def value(version: int) -> Value:
    return Value(version, golden(OfferedPrice, sequence=version).model_dump_json().encode())


async def stored(redis: Redis, name: str) -> dict[str, int]:
    found = await redis.hgetall(name)
    return {field.decode(): OfferedPrice.model_validate_json(body).sequence for field, body in found.items()}


async def test_an_older_value_never_replaces_a_newer_one(snapshots, redis, name):
    await snapshots.write({name: {"e|1x2": value(9), "f|1x2": value(100)}})
    await snapshots.write({name: {"e|1x2": value(10), "f|1x2": value(99)}})
    assert await stored(redis, name) == {"e|1x2": 10, "f|1x2": 100}


async def test_writers_at_the_same_time_leave_the_newest(snapshots, redis, name):
    await asyncio.gather(*(snapshots.write({name: {"e|1x2": value(n)}}) for n in range(1, 60)))
    assert await stored(redis, name) == {"e|1x2": 59}


async def test_more_fields_than_one_call_takes_are_all_written(snapshots, redis, name):
    await snapshots.write({name: {f"e{n}|1x2": value(n + 1) for n in range(1234)}})
    assert await stored(redis, name) == {f"e{n}|1x2": n + 1 for n in range(1234)}


async def test_a_new_cache_is_complete_when_it_has_been_filled(servers):
    await servers.start("redis")
    snapshots = Snapshots(servers.addresses.redis)
    try:
        assert not await snapshots.complete()
        async with snapshots.filling():
            assert not await snapshots.write({"prices:north": {"e|1x2": value(1)}})
        assert await snapshots.complete()
        assert await snapshots.write({"prices:north": {"e|1x2": value(2)}})
    finally:
        await snapshots.close()


async def test_a_flushed_cache_is_not_complete(servers):
    await servers.start("redis")
    snapshots = Snapshots(servers.addresses.redis)
    try:
        async with snapshots.filling():
            pass
        async with Redis.from_url(servers.addresses.redis) as client:
            await client.flushall()
        assert not await snapshots.complete()
    finally:
        await snapshots.close()


async def test_a_cache_that_is_flushed_while_it_is_filled_is_not_complete(servers):
    await servers.start("redis")
    snapshots = Snapshots(servers.addresses.redis)
    try:
        with pytest.raises(Unreachable, match="lost its data"):
            async with snapshots.filling(), Redis.from_url(servers.addresses.redis) as client:
                await client.flushall()
        assert not await snapshots.complete()
    finally:
        await snapshots.close()


async def test_two_can_fill_at_the_same_time(servers):
    await servers.start("redis")
    snapshots = Snapshots(servers.addresses.redis)
    try:
        async with snapshots.filling():
            async with snapshots.filling():
                pass
            assert await snapshots.complete()
        assert await snapshots.complete()
    finally:
        await snapshots.close()


async def test_a_killed_cache_is_not_complete_even_where_it_kept_its_data(servers):
    await servers.start("redis")
    snapshots = Snapshots(servers.addresses.redis)
    try:
        async with snapshots.filling():
            await snapshots.write({"prices:north": {"e|1x2": value(1)}})
        pid = servers.pid("redis")
        os.kill(pid, signal.SIGKILL)
        await servers.restarted("redis", pid)
        assert not await snapshots.complete()
    finally:
        await snapshots.close()


async def test_a_cache_that_is_away_is_unreachable(servers):
    snapshots = Snapshots(servers.addresses.redis, timeout_s=0.5)
    try:
        with pytest.raises(Unreachable):
            await snapshots.write({"prices:north": {"e|1x2": value(1)}})
        await servers.start("redis")
        await snapshots.write({"prices:north": {"e|1x2": value(1)}})
        os.kill(servers.pid("redis"), signal.SIGSTOP)
        with pytest.raises(Unreachable):
            await snapshots.write({"prices:north": {"e|1x2": value(2)}})
        os.kill(servers.pid("redis"), signal.SIGCONT)
    finally:
        await snapshots.close()
