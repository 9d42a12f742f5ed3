"""The services of a test session answer."""

import uuid

import asyncpg
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

pytestmark = pytest.mark.integration


async def test_kafka_hands_back_what_was_produced(stack):
    topic = f"deploy-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka) as producer:
        await producer.send_and_wait(topic, b"quote")
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=stack.kafka, group_id=topic, auto_offset_reset="earliest"
    ) as consumer:
        assert (await consumer.getone()).value == b"quote"


async def test_the_replica_shows_what_the_primary_wrote(stack):
    table = f"deploy_{uuid.uuid4().hex}"
    primary = await asyncpg.connect(stack.postgres)
    replica = await asyncpg.connect(stack.postgres_replica)
    try:
        await primary.execute(f"CREATE TABLE {table} AS SELECT 7 AS bets")
        written = await primary.fetchval("SELECT pg_current_wal_lsn()")
        async with __import__("asyncio").timeout(10):
            while not await replica.fetchval("SELECT pg_last_wal_replay_lsn() >= $1", written):
                pass
        assert await replica.fetchval(f"SELECT bets FROM {table}") == 7
        await primary.execute(f"DROP TABLE {table}")
    finally:
        await primary.close()
        await replica.close()


async def test_redis_hands_back_what_was_set(stack):
    key = f"deploy-{uuid.uuid4().hex}"
    async with redis.asyncio.Redis.from_url(stack.redis) as client:
        await client.set(key, "price", ex=60)
        assert await client.get(key) == b"price"
