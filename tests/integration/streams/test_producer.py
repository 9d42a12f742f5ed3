"""What outsiders send arrives, where all clients say that it belongs, and a failure is never passed over."""

import uuid

import pytest
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Consumer, Producer, TopicPartition

import schemas
from schemas.base import Message
from streams import admin
from streams.partitions import partition_of
from streams.producer import DeliveryError, client_config
from streams.producer import Producer as Sender
from streams.topics import Topic

pytestmark = pytest.mark.integration

PARTITIONS = 7


class Note(Message):
    """A message."""

    text: str


@pytest.fixture
def topic(stack) -> Topic:
    made = Topic(f"test-{uuid.uuid4().hex}.v1", "key", Note)
    admin.apply([made], stack.kafka, PARTITIONS)
    return made


def read(kafka: str, topic: str, count: int) -> list:
    client = Consumer(
        {"bootstrap.servers": kafka, "group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}
    )
    client.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
    found = client.consume(count, 30)
    assert all(message.error() is None for message in found)
    client.close()
    return found


def test_everything_that_was_sent_is_there_when_flush_returns(stack, topic):
    with Sender(stack.kafka, clock=lambda: 1_700_000_000_000_123) as sender:
        for number in range(1000):
            sender.send(topic, f"k{number}", Note(text=str(number)), 42, trace="t-1")
        sender.send(topic, "gone", None, 43)
        sender.flush()
        found = read(stack.kafka, topic.name, 1001)
    assert len(found) == 1001
    by_key = {message.key(): message for message in found}
    message = by_key[b"k7"]
    assert message.value() == b'{"text":"7"}'
    assert dict(message.headers()) == {
        "event-time": b"42",
        "produced-at": b"1700000000000123",
        "trace-id": b"t-1",
    }
    assert message.timestamp()[1] == 1_700_000_000_000
    assert by_key[b"gone"].value() is None


async def test_everything_that_was_sent_is_there_when_acknowledged_returns(stack, topic):
    async with Sender(stack.kafka) as sender:
        for number in range(100):
            sender.send(topic, f"k{number}", Note(text=str(number)), 42)
            if number % 10 == 9:
                await sender.acknowledged()
        assert len(read(stack.kafka, topic.name, 100)) == 100


def test_a_broadcast_reaches_every_partition(stack, topic):
    with Sender(stack.kafka) as sender:
        sender.broadcast(topic, "all", Note(text="hear"), 42)
        sender.flush()
    found = read(stack.kafka, topic.name, PARTITIONS)
    assert sorted(message.partition() for message in found) == list(range(PARTITIONS))


def test_a_route_chooses_the_partition_where_the_key_does_not(stack, topic):
    with Sender(stack.kafka) as sender:
        for number in range(20):
            sender.send(topic, f"e1|m{number}", Note(text="x"), 42, route="e1")
        sender.flush()
    assert {message.partition() for message in read(stack.kafka, topic.name, 20)} == {
        partition_of("e1", PARTITIONS)
    }


def test_a_topic_that_is_not_there_is_said_at_once(stack):
    with Sender(stack.kafka) as sender, pytest.raises(DeliveryError, match="overround topics apply"):
        sender.send(Topic(f"none-{uuid.uuid4().hex}.v1", "key", Note), "k", Note(text="x"), 42)


async def test_a_record_that_the_broker_refuses_fails_the_batch(stack):
    refusing = Topic(f"test-{uuid.uuid4().hex}.v1", "key", Note)
    admin.apply([refusing], stack.kafka, 1)
    change = admin.client(stack.kafka)
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

    small = ConfigEntry("max.message.bytes", "1000", incremental_operation=AlterConfigOpType.SET)
    [future] = change.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, refusing.name, incremental_configs=[small])]
    ).values()
    future.result(30)
    async with Sender(stack.kafka) as sender:
        sender.send(refusing, "k", Note(text="x" * 5000), 42)
        with pytest.raises(DeliveryError, match="was not taken"):
            await sender.acknowledged()
        sender.send(refusing, "k", Note(text="x"), 42)
        await sender.acknowledged()


def test_without_a_broker_it_fails_in_time():
    with Sender("127.0.0.1:1", patience=0.2) as sender, pytest.raises(DeliveryError, match="no answer"):
        sender.send(Topic("t.v1", "key", Note), "k", Note(text="x"), 42)


def test_all_clients_put_a_key_on_the_same_partition(stack, topic):
    keys = (
        [f"epl|{number}|é" for number in range(300)]
        + [uuid.uuid4().hex for _ in range(200)]
        + ["a", "ab", "abc"]
    )
    client = Producer(client_config(stack.kafka))
    for key in keys:
        client.produce(topic.name, b"v", key.encode())
    assert client.flush(30) == 0
    ours = {message.key(): message.partition() for message in read(stack.kafka, topic.name, len(keys))}
    everyone = list(range(PARTITIONS))
    assert ours == {key.encode(): partition_of(key, PARTITIONS) for key in keys}
    assert ours == {key.encode(): DefaultPartitioner()(key.encode(), everyone, everyone) for key in keys}


def test_golden_messages_can_be_sent(stack):
    quotes = Topic(f"test-{uuid.uuid4().hex}.v1", "event_id", schemas.Quote)
    admin.apply([quotes], stack.kafka, PARTITIONS)
    quote = schemas.Quote(
        event_id="e1", market="1x2", book="b", feed="f", prices={"home": 2.0}, event_time_ms=1, quoted_at_ms=1
    )
    with Sender(stack.kafka) as sender:
        sender.send(quotes, "e1", quote, 1)
        sender.flush()
    [message] = read(stack.kafka, quotes.name, 1)
    assert schemas.Quote.model_validate_json(message.value()) == quote
