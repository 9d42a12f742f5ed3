import json
import threading
import uuid
from itertools import islice

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from feeds.pacing import AtOnce, AtRate
from feeds.player import play
from feeds.recordings.cut import BUNDLED
from schemas import Heartbeat, Quote
from streams import admin
from streams.partitions import partition_of
from streams.producer import Producer
from streams.topics import FIXTURES, HEARTBEATS, QUOTES, RESULTS

pytestmark = pytest.mark.integration


@pytest.fixture
def partitions(stack):
    """Ends of the feed topics' partitions as they are before the test."""
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    count = there.get(QUOTES.name, 4)
    admin.apply([QUOTES, FIXTURES, RESULTS, HEARTBEATS], stack.kafka, count)
    return count


class Reader:
    """Reads what is written to topics after it was made."""

    def __init__(self, kafka, topics, partitions):
        self.consumer = Consumer(
            {"bootstrap.servers": kafka, "group.id": uuid.uuid4().hex, "enable.auto.commit": False}
        )
        places = [TopicPartition(topic.name, number) for topic in topics for number in range(partitions)]
        for place in places:
            place.offset = self.end(place)
        self.consumer.assign(places)

    def end(self, place):
        """Return where a partition ends, once it has a leader."""
        for attempt in range(300):
            try:
                return self.consumer.get_watermark_offsets(place, timeout=30)[1]
            except KafkaException:
                if attempt == 299:
                    raise
                self.consumer.poll(0.1)
        raise AssertionError

    def take(self, count):
        """Return ``count`` records, waiting up to a minute for them."""
        found = []
        for _ in range(120):
            found += self.consumer.consume(10_000, timeout=0.5)
            if len(found) >= count:
                break
        return found


def test_a_recording_arrives_whole_and_in_order_with_heartbeats_on_every_partition(stack, partitions):
    reader = Reader(stack.kafka, [QUOTES, HEARTBEATS], partitions)
    raw = islice(lines(BUNDLED), 10)
    sent = list(recorded("the-odds-api", raw, Account()))
    with Producer(stack.kafka) as producer:
        done = play(sent, producer, AtOnce())
    quotes = [message for message in sent if isinstance(message, Quote)]
    beats = [message for message in sent if isinstance(message, Heartbeat)]
    assert done.sent == len(sent) - len(beats)

    records = reader.take(len(quotes) + len(beats) * partitions)
    arrived = [Quote.model_validate_json(r.value()) for r in records if r.topic() == QUOTES.name]
    assert sorted(map(repr, arrived)) == sorted(map(repr, quotes))
    for record in records:
        headers = dict(record.headers())
        assert int(headers["event-time"]) == json.loads(record.value())["event_time_ms"]
        assert int(headers["produced-at"]) > 0
        if record.topic() == QUOTES.name:
            assert record.partition() == partition_of(record.key().decode(), partitions)
    for number in range(partitions):
        times = [
            json.loads(record.value())["event_time_ms"]
            for record in records
            if record.topic() == QUOTES.name and record.partition() == number
        ]
        assert times == sorted(times)
        alive = [r for r in records if r.topic() == HEARTBEATS.name and r.partition() == number]
        assert len(alive) == len(beats)


def test_a_paced_play_ends_at_once_when_it_is_stopped(stack, partitions):
    stop = threading.Event()
    raw = lines(BUNDLED)
    with Producer(stack.kafka) as producer:
        done = play(
            recorded("the-odds-api", raw, Account()),
            producer,
            AtRate(200),
            stop=stop,
            on_progress=lambda now: now.sent >= 50 and stop.set(),
        )
    assert done.stopped
    assert 50 <= done.sent < 200
