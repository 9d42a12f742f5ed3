"""Reading what a topic has got lately, as far as it goes now, without a consumer group."""

import time
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.records import PlainRecord
from streams.stage import Unavailable
from streams.tail import plain

_CALL_S = 10.0
_BATCH = 1_000
_AGAIN_S = 0.2


def recent(kafka: str, topic: str, since_ms: int) -> Iterator[PlainRecord]:
    """Yield the records of a topic that were written since a wall clock instant, partition by partition.

    Raises
    ------
    Unavailable
        If Kafka does not answer.
    """
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "overround-recent"})  # never joined
    try:
        yield from _read(consumer, topic, since_ms)
    except KafkaException as error:
        raise Unavailable(f"Kafka: {topic}: {error}") from error
    finally:
        consumer.close()


def _read(consumer: Consumer, topic: str, since_ms: int) -> Iterator[PlainRecord]:
    for start, end in _spans(consumer, topic, since_ms):
        consumer.assign([start])
        done = False
        while not done:
            first = consumer.poll(_CALL_S)
            if first is None:
                raise Unavailable(f"Kafka: {topic} not read within {_CALL_S:g} s")
            # asked for many with a timeout, it would wait for all of them
            for message in (first, *consumer.consume(_BATCH, timeout=0)):
                if (error := message.error()) is not None:
                    raise KafkaException(error)
                done = (message.offset() or 0) >= end - 1
                yield plain(message)
                if done:
                    break


def _spans(consumer: Consumer, topic: str, since_ms: int) -> list[tuple[TopicPartition, int]]:
    """Return where to begin and to end in each partition that has any; a topic that is new gets some time."""
    until = time.monotonic() + _CALL_S
    while True:
        try:
            found = []
            known = consumer.list_topics(topic, timeout=_CALL_S).topics[topic]
            if known.error is not None:
                raise KafkaException(known.error)
            wanted = [TopicPartition(topic, partition, since_ms) for partition in sorted(known.partitions)]
            for start in consumer.offsets_for_times(wanted, timeout=_CALL_S):
                _, end = consumer.get_watermark_offsets(start, timeout=_CALL_S)
                if 0 <= start.offset < end:
                    found.append((start, end))
            return found
        except KafkaException:
            if time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)
