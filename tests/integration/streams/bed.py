"""Topics of a test's own, workers on them, and eyes to see what they did."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from pydantic import ValidationError

from streams import admin
from streams.lag import Lag
from streams.producer import Producer
from streams.records import PlainRecord
from streams.topics import Topic
from tests.integration.streams.counting import POISON, Count, Lot, Number, Order

SCRIPT = Path(__file__).with_name("counting.py")
ROOT = SCRIPT.parents[3]


def until(
    condition: Callable[[], bool], within_s: float = 60.0, what: str = "", logs: Callable[[], str] = str
) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what} {logs()}"
        time.sleep(0.02)


class Worker:
    """A worker process."""

    def __init__(self, order: Order) -> None:
        self.order = order
        Path(order.state_dir).mkdir(parents=True, exist_ok=True)
        self.log = Path(order.state_dir) / f"log-{uuid4().hex}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT), json.dumps(dataclasses.asdict(order))],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )

    def wait_dead(self, within_s: float = 60.0) -> int:
        """Return the exit code when the process has ended."""
        return self.process.wait(within_s)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """Tell it to end; return how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.log.read_text()
        return time.monotonic() - began

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of the worker's web server; status 0 while there is none."""
        file = Path(self.order.state_dir, f"url-{self.process.pid}")
        assert self.alive, self.log.read_text()
        try:
            with urllib.request.urlopen(file.read_text() + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, ValueError):
            return 0, ""

    def wait_ready(self) -> None:
        """Return when partitions are assigned and tables recovered."""
        until(lambda: self.get("/health/ready")[0] == 200, what="ready")

    def table(self) -> dict[str, dict[str, int]]:
        """Return the worker's part of the table."""
        status, body = self.get(f"/tables/{self.order.name}")
        assert status == 200
        lines = [json.loads(line) for line in body.splitlines()]
        return {line["key"].partition("/")[2]: line["value"] for line in lines}


class Bed:
    """Topics of one test."""

    def __init__(self, kafka: str, root: Path, partitions: int = 4) -> None:
        self.kafka = kafka
        self.root = root
        self.partitions = partitions
        self.name = f"t{uuid4().hex[:12]}"
        self.source = Topic(f"{self.name}.source", "key", Number)
        self.counts = Topic(f"{self.name}.counts", "key", Count)
        self.lots = Topic(f"{self.name}.lots", "key", Lot)
        self.workers: list[Worker] = []
        self.sent: list[tuple[str, int]] = []
        admin.apply([self.source, self.counts, self.lots], kafka, partitions)

    def start(self, state: str = "state", **changes: object) -> Worker:
        """Start a worker."""
        order = Order(
            kafka=self.kafka,
            name=self.name,
            source=self.source.name,
            counts=self.counts.name,
            lots=self.lots.name,
            state_dir=str(self.root / state),
            partitions=self.partitions,
        )
        worker = Worker(dataclasses.replace(order, **changes))  # type: ignore[arg-type]
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """Leave no process behind."""
        for worker in self.workers:
            if worker.alive:
                worker.kill()

    def send(self, numbers: Iterable[int], keys: int = 10) -> None:
        """Send numbers, spread over keys."""
        with Producer(self.kafka) as producer:
            for number in numbers:
                key = f"k{number % keys}"
                producer.send(self.source, key, Number(key=key, id=number), 1000 + number)
                self.sent.append((key, number))
            producer.flush()

    def poison(self, key: str = "k0") -> None:
        """Send a number on which the stage raises."""
        with Producer(self.kafka) as producer:
            producer.send(self.source, key, Number(key=key, id=POISON), 1)
            producer.flush()

    def lag(self) -> int:
        """Return how many records are not committed."""
        return Lag(self.kafka).of(f"overround-{self.name}", [self.source.name], self.partitions)

    def wait_done(self, within_s: float = 60.0) -> None:
        """Return when everything that was sent is committed."""
        group, topics = f"overround-{self.name}", [self.source.name]

        def done() -> bool:
            assert any(worker.alive for worker in self.workers), self.logs()
            try:
                return Lag(self.kafka).of(group, topics, self.partitions) == 0
            except KafkaException:  # a broker that has just come back
                return False

        until(done, within_s, "no lag", self.logs)

    def logs(self) -> str:
        """Return what the workers wrote."""
        return "\n".join(worker.log.read_text() for worker in self.workers)

    def committed(self) -> dict[int, int]:
        """Return committed offsets of the source by partition."""
        client = Consumer({"bootstrap.servers": self.kafka, "group.id": f"overround-{self.name}"})
        wanted = [TopicPartition(self.source.name, p) for p in range(self.partitions)]
        found = {tp.partition: max(0, tp.offset) for tp in client.committed(wanted, timeout=10)}
        client.close()
        return found

    def read(self, topic: str) -> list[PlainRecord]:
        """Return everything that lies on a topic, partition by partition."""
        client = Consumer(
            {
                "bootstrap.servers": self.kafka,
                "group.id": uuid4().hex,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        client.assign([TopicPartition(topic, p, 0) for p in range(self.partitions)])
        found: list[PlainRecord] = []
        open_partitions = set(range(self.partitions))
        deadline = time.monotonic() + 30
        while open_partitions:
            assert time.monotonic() < deadline
            for message in client.consume(1000, 0.2):
                error = message.error()
                if error is None:
                    found.append(
                        PlainRecord(
                            topic,
                            message.partition(),
                            message.offset(),
                            message.timestamp()[1],
                            message.key(),
                            message.value(),
                            message.headers() or (),
                        )
                    )
                elif error.code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
        client.close()
        return sorted(found, key=lambda record: (record.partition, record.offset))

    def numbers(self) -> list[tuple[str, int]]:
        """Return what can be counted of what lies on the source, in the order of each partition."""
        found = []
        for record in self.read(self.source.name):
            assert record.value is not None
            with suppress(ValidationError):
                number = Number.model_validate_json(record.value)
                if number.id != POISON:
                    found.append((number.key, number.id))
        assert sorted(found) == sorted(self.sent)
        return found

    def expected_table(self) -> dict[str, dict[str, int]]:
        """Return what a run without a crash would remember."""
        table: dict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "total": 0})
        for key, number in self.sent:
            table[key]["count"] += 1
            table[key]["total"] += number
        return dict(table)

    def assert_outputs(self) -> None:
        """See that each number was counted once, and that what came twice came as the same bytes."""
        numbers = self.numbers()
        by_key: dict[bytes, set[tuple[bytes | None, tuple[tuple[str, bytes], ...]]]] = defaultdict(set)
        for record in self.read(self.counts.name):
            assert record.key is not None
            by_key[record.key].add((record.value, tuple(record.headers)))
        assert set(by_key) == {f"{key}/{number}".encode() for key, number in self.sent}
        assert all(len(versions) == 1 for versions in by_key.values()), "an output contradicts another"
        totals: dict[str, int] = defaultdict(int)
        counts: dict[str, int] = defaultdict(int)
        for key, number in numbers:
            totals[key] += number
            counts[key] += 1
            [(value, _)] = by_key[f"{key}/{number}".encode()]
            assert value is not None
            count = Count.model_validate_json(value)
            assert (count.sequence, count.total) == (counts[key], totals[key])
        self._assert_lots(numbers)

    def assert_committed_only_what_is_answered(self) -> None:
        """See that each record below a committed offset has its output."""
        committed = self.committed()
        answered = {record.key for record in self.read(self.counts.name)}
        for record in self.read(self.source.name):
            if record.offset < committed[record.partition]:
                assert record.value is not None
                number = Number.model_validate_json(record.value)
                assert f"{number.key}/{number.id}".encode() in answered

    def _assert_lots(self, numbers: list[tuple[str, int]]) -> None:
        """See that the lots of a key follow each other, none overlapping another."""
        lots: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for record in self.read(self.lots.name):
            assert record.value is not None
            lot = Lot.model_validate_json(record.value)
            lots[lot.key].add((lot.first, lot.last))
        ids: dict[str, list[int]] = defaultdict(list)
        for key, number in numbers:
            ids[key].append(number)
        for key, mine in ids.items():
            covered: list[int] = []
            for first, last in sorted(lots[key], key=lambda lot: mine.index(lot[0])):
                covered += mine[mine.index(first) : mine.index(last) + 1]
            assert covered == mine, f"lots of {key} overlap or leave a gap"
