"""What a topic has got lately is read as far as it goes, and nothing of before."""

import time
import uuid

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from streams.recent import recent

pytestmark = pytest.mark.integration


def test_records_since_an_instant_are_read_of_all_partitions_and_reading_ends(stack):
    topic = f"recent-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": stack.kafka})  # what it was asked dies with it
    [made] = admin.create_topics([NewTopic(topic, 3, 1)]).values()
    made.result()
    producer = Producer({"bootstrap.servers": stack.kafka})
    now_ms = time.time_ns() // 1_000_000
    for n in range(20):
        producer.produce(topic, b"v%d" % n, b"k%d" % n, timestamp=now_ms - 60_000 + n * 5_000)
    assert producer.flush(20) == 0
    found = {record.value for record in recent(stack.kafka, topic, now_ms - 60_000 + 15 * 5_000)}
    assert found == {b"v%d" % n for n in range(15, 20)}
    assert list(recent(stack.kafka, topic, now_ms + 3_600_000)) == []
