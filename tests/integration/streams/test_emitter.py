"""A batch is acknowledged as a whole, or fails as a whole."""

import asyncio
import uuid

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.cimpl import NewTopic

from streams import admin
from streams.producer import DeliveryError, client_config
from streams.seam.emitter import Emitter
from streams.seam.reader import look

pytestmark = pytest.mark.integration


def create(kafka: str, partitions: int, **config: str) -> str:
    name = f"test-{uuid.uuid4().hex}"
    client = admin.client(kafka)
    [future] = client.create_topics([NewTopic(name, partitions, 1, config=config)]).values()
    future.result(30)
    return name


@pytest.fixture
async def emitter(stack):
    made = Emitter(stack.kafka)
    yield made
    await asyncio.to_thread(made.close)


def frame(topic: str, partition: int, value: bytes) -> tuple:
    return (topic, partition, b"k", value, 1_700_000_000_000, [("h", b"1")])


async def test_everything_is_there_in_order_when_write_returns(stack, emitter):
    topic = create(stack.kafka, 3)
    ends = await emitter.write([frame(topic, n % 3, b"%d" % n) for n in range(3000)])
    assert ends == {(topic, partition): 999 for partition in range(3)}
    for partition in range(3):
        found = await asyncio.to_thread(look, stack.kafka, topic, partition, 0, 1000)
        assert [int(record.value) for record in found] == list(range(partition, 3000, 3))
        assert list(found[0].headers) == [("h", b"1")]


async def test_nothing_to_write_is_written_at_once(emitter):
    assert await emitter.write([]) == {}


async def test_batches_of_different_writers_do_not_disturb_each_other(stack, emitter):
    topic = create(stack.kafka, 1)
    ends = await asyncio.gather(*(emitter.write([frame(topic, 0, b"x")] * 10) for _ in range(50)))
    assert sorted(end[topic, 0] for end in ends)[-1] == 499


async def test_one_refused_record_in_the_middle_fails_the_batch_and_all_that_follow(stack, emitter):
    topic = create(stack.kafka, 1, **{"max.message.bytes": "2000"})
    import os

    await emitter.write([frame(topic, 0, b"first")])
    with pytest.raises(DeliveryError):
        await emitter.write(
            [frame(topic, 0, b"second"), frame(topic, 0, os.urandom(100_000)), frame(topic, 0, b"last")]
        )
    with pytest.raises(DeliveryError):
        await emitter.write([frame(topic, 0, b"after")])


async def test_no_answer_within_the_patience_fails_the_batch(stack):
    impatient = Emitter("127.0.0.1:1", patience=0.2)
    with pytest.raises(DeliveryError, match=r"within 0\.2 s"):
        await impatient.write([frame("t", 0, b"x")])
    await asyncio.to_thread(impatient.close)


def test_the_gapless_guarantee_holds_so_that_the_last_report_speaks_for_all(stack):
    """A contract of librdkafka: the batches of the emitter stand on it."""
    topic = create(stack.kafka, 1, **{"max.message.bytes": "2000"})
    reports: list[tuple[bytes, bool]] = []

    def report(name: bytes):
        return lambda error, _: reports.append((name, error is None))

    client = Producer(
        {
            **client_config(stack.kafka, 0),
            "enable.gapless.guarantee": True,
            "message.timeout.ms": 0,
            "batch.num.messages": 1,
        }
    )
    client.produce(topic, b"1", on_delivery=report(b"first"))
    client.flush(30)
    client.produce(topic, b"2" * 5000)
    client.produce(topic, b"3")
    client.produce(topic, b"4", on_delivery=report(b"last"))
    with pytest.raises(KafkaException, match="GAPLESS"):
        for _ in range(300):
            client.poll(0.1)
    assert (b"first", True) in reports
    assert (b"last", True) not in reports
    with pytest.raises(KafkaException, match="FATAL"):
        client.produce(topic, b"5")
