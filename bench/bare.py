"""The job in a loop over confluent-kafka, remembered only while it runs. ``bare.py KAFKA IN OUT``."""

import json
import signal
import sys

from confluent_kafka import Consumer, Producer, TopicPartition
from job import PARTITIONS, Event, apply

ending = False


def main(kafka: str, source: str, target: str) -> None:
    """Run until SIGTERM."""
    consumer = Consumer(
        {"bootstrap.servers": kafka, "group.id": f"bench-{source}", "enable.auto.commit": False}
    )
    consumer.assign([TopicPartition(source, partition, 0) for partition in range(PARTITIONS)])
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": 0,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    events: dict[bytes, Event] = {}
    while not ending:
        message = consumer.poll(0.1)
        if message is None or message.error():
            continue
        key, value = message.key(), message.value()
        assert key is not None and value is not None
        event = events.get(key)
        if event is None:
            event = events[key] = Event()
        producer.produce(target, apply(event, json.loads(value)), key)
        producer.poll(0)
    producer.flush(10)


def end(*_: object) -> None:
    """Note that it is time to end."""
    global ending  # noqa: PLW0603 - a signal handler has nowhere else to put it
    ending = True


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    main(*sys.argv[1:4])
