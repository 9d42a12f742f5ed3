"""Measures contestants at one job, one after the other on one broker: how fast they drain, how late they are.

Each round, each contestant gets topics of its own with all quotes in them and is started; the broker's clock
tells how long the outputs took to arrive. Then quotes come at a steady rate, and each carries when it was
sent. What is counted is checked against the job done in this process.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

import numpy as np
from confluent_kafka import OFFSET_END, Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.cimpl import NewTopic
from job import PARTITIONS, Event, apply, quote_of

from streams import admin
from streams.producer import client_config, now_us

HERE = Path(__file__).parent
STARTING_S = 90.0
WARM_UP_S = 2.0
CUT_OFF_S = 30.0


@dataclass(frozen=True)
class Contestant:
    """Who does the job.

    Parameters
    ----------
    name : str
        Its key in the result.
    python : str
        The interpreter that has what it needs.
    script : str
        In this folder; called with broker, source, target, a folder and ``more``.
    """

    name: str
    python: str
    script: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    kafka: str
    quotes: int
    rate: int
    seconds: float
    rounds: int


@dataclass
class Figures:
    """What was measured of one contestant, by round."""

    rates: list[float]
    delays_ms: list[float]

    def result(self) -> dict[str, float]:
        """Return the median rate, and the percentiles of all delays."""
        p50, p99 = np.percentile(self.delays_ms, [50, 99])
        return {
            "rate": round(median(self.rates)),
            "p50_ms": round(float(p50), 2),
            "p99_ms": round(float(p99), 2),
        }


def quotes(plan: Plan) -> list[tuple[bytes, bytes]]:
    """Return keys and values of all quotes, the same every time."""
    chance = random.Random(1)
    return [quote_of(number, chance, 0) for number in range(plan.quotes)]


def create(kafka: str) -> tuple[str, str]:
    """Make a source and a target; the broker stamps what arrives on the target."""
    name = f"bench-{uuid4().hex[:8]}"
    target = NewTopic(f"{name}-out", PARTITIONS, 1, config={"message.timestamp.type": "LogAppendTime"})
    client = admin.client(kafka)
    for future in client.create_topics([NewTopic(f"{name}-in", PARTITIONS, 1), target]).values():
        future.result(30)
    return f"{name}-in", f"{name}-out"


def fill(kafka: str, topic: str, messages: Sequence[tuple[bytes, bytes]]) -> None:
    """Write all messages."""
    producer = Producer(client_config(kafka, 5))
    for key, value in messages:
        producer.produce(topic, value, key)
    if producer.flush(60):
        raise RuntimeError("the broker does not take the quotes")


def written(kafka: str, topic: str) -> int:
    """Return how many records lie on a topic."""
    client = Consumer({"bootstrap.servers": kafka, "group.id": "bench-count"})
    total = 0
    for partition in range(PARTITIONS):
        ends = client.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        total += ends[1] if ends else 0
    client.close()
    return total


@contextmanager
def running(
    contestant: Contestant, plan: Plan, source: str, target: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a contestant."""
    with (
        tempfile.TemporaryDirectory(prefix="overround-bench-") as folder,
        Path(folder, "log").open("wb") as log,
    ):
        process = subprocess.Popen(
            [
                contestant.python,
                str(HERE / contestant.script),
                plan.kafka,
                source,
                target,
                folder,
                *contestant.more,
            ],
            cwd=HERE.parent,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
            if process.poll() is not None:
                raise RuntimeError(f"{contestant.name} ended: {Path(folder, 'log').read_text()[-2000:]}")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def drained(contestant: Contestant, plan: Plan, process: subprocess.Popen[bytes], target: str) -> None:
    """Return when all outputs are there, or enough time has passed since the first."""
    deadline = time.monotonic() + STARTING_S
    begun = False
    while (count := written(plan.kafka, target)) < plan.quotes:
        if process.poll() is not None:
            return
        if count and not begun:
            begun, deadline = True, time.monotonic() + CUT_OFF_S
        if time.monotonic() > deadline:
            if begun:
                return
            raise RuntimeError(f"{contestant.name} has not begun within {STARTING_S:g} s")
        time.sleep(0.1)


def read(kafka: str, topic: str) -> list[Message]:
    """Return all records of a topic."""
    client = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "bench-read",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    client.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    found: list[Message] = []
    ended = 0
    while ended < PARTITIONS:
        for message in client.consume(10_000, 0.2):
            error = message.error()
            if error is None:
                found.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                ended += 1
    client.close()
    return found


def rate_of(outputs: Sequence[Message]) -> float:
    """Return outputs per second; those of the first instant only mark the start."""
    stamps = np.sort(np.array([message.timestamp()[1] for message in outputs]))
    later = int(np.count_nonzero(stamps > stamps[0]))
    return later / (float(stamps[-1] - stamps[0]) / 1000)


def check(name: str, messages: Sequence[tuple[bytes, bytes]], outputs: Sequence[Message]) -> None:
    """See that the last output of each event is what the job gives."""
    events: dict[bytes, Event] = {}
    expected: dict[bytes, bytes] = {}
    for key, value in messages:
        expected[key] = apply(events.setdefault(key, Event()), json.loads(value))
    last = {
        message.key(): message.value()
        for message in sorted(outputs, key=lambda m: (m.partition(), m.offset()))
    }
    wrong = sum(last.get(key) != value for key, value in expected.items())
    if wrong:
        raise RuntimeError(f"{name} has got {wrong} of {len(expected)} events wrong")


def delays(plan: Plan, source: str, target: str) -> list[float]:
    """Send quotes at a steady rate; return how many milliseconds each took to come out, warm-up left out."""
    client = Consumer(
        {"bootstrap.servers": plan.kafka, "group.id": "bench-delay", "enable.auto.commit": False}
    )
    client.assign([TopicPartition(target, partition, OFFSET_END) for partition in range(PARTITIONS)])
    client.poll(1.0)
    count = int(plan.rate * plan.seconds)
    begun = now_us()
    sender = threading.Thread(target=send, args=(plan, source, count))
    sender.start()
    found: list[float] = []
    deadline = time.monotonic() + plan.seconds + 30
    seen = 0
    while seen < count and time.monotonic() < deadline:
        message = client.poll(0.5)
        if message is None or message.error():
            continue
        arrived, value = now_us(), message.value()
        sent = int(json.loads(value)["sent_us"]) if value else 0
        if sent >= begun:
            seen += 1
            if sent >= begun + WARM_UP_S * 1e6:
                found.append((arrived - sent) / 1000)
    sender.join()
    client.close()
    if seen < count:
        raise RuntimeError(f"only {seen} of {count} quotes came out")
    return found


def send(plan: Plan, topic: str, count: int) -> None:
    """Send quotes, one every 1/rate seconds."""
    producer = Producer(client_config(plan.kafka, 0))
    chance = random.Random(2)
    begun = time.perf_counter()
    for number in range(count):
        pause = begun + number / plan.rate - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        key, value = quote_of(number, chance, now_us())
        producer.produce(topic, value, key)
        producer.poll(0)
    producer.flush(30)


def measure(
    contestant: Contestant, plan: Plan, messages: Sequence[tuple[bytes, bytes]], figures: Figures
) -> None:
    """Measure a contestant once."""
    source, target = create(plan.kafka)
    try:
        fill(plan.kafka, source, messages)
        with running(contestant, plan, source, target) as process:
            drained(contestant, plan, process, target)
            outputs = read(plan.kafka, target)
            figures.rates.append(rate_of(outputs))
            if len(outputs) >= plan.quotes:
                check(contestant.name, messages, outputs)
                figures.delays_ms.extend(delays(plan, source, target))
        if not figures.delays_ms:
            figures.delays_ms.extend(late(contestant, plan))
    finally:
        client = admin.client(plan.kafka)
        for future in client.delete_topics([source, target]).values():
            future.result(30)


def late(contestant: Contestant, plan: Plan) -> list[float]:
    """Return the delays of a contestant that did not finish draining, on topics without a backlog."""
    source, target = create(plan.kafka)
    fill(plan.kafka, source, quotes(plan)[:100])
    short = Plan(plan.kafka, 100, plan.rate, plan.seconds, 1)
    with running(contestant, short, source, target) as process:
        drained(contestant, short, process, target)
        return delays(plan, source, target)


def main() -> None:
    """Measure all contestants and print the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kafka")
    parser.add_argument("--quix-python", required=True)
    parser.add_argument("--quotes", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append")
    given = parser.parse_args()
    plan = Plan(given.kafka, given.quotes, given.rate, given.seconds, given.rounds)
    contestants = [
        Contestant("bare", sys.executable, "bare.py"),
        Contestant("quixstreams", given.quix_python, "quix.py"),
        Contestant("faust", sys.executable, "plain_faust.py"),
        Contestant("overround", sys.executable, "seam.py", ("together",)),
        Contestant("overround_write_ahead", sys.executable, "seam.py", ("ahead",)),
    ]
    contestants = [each for each in contestants if not given.only or each.name in given.only]
    messages = quotes(plan)
    figures = {each.name: Figures([], []) for each in contestants}
    for number in range(plan.rounds):
        for each in contestants:
            sys.stderr.write(f"round {number + 1} of {plan.rounds}: {each.name}\n")
            measure(each, plan, messages, figures[each.name])
    sys.stdout.write(json.dumps({name: figure.result() for name, figure in figures.items()}) + "\n")


if __name__ == "__main__":
    main()
