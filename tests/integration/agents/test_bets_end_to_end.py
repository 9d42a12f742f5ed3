"""Bets through Kafka: workers killed with -9 lose none, decide none twice, and settle all of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, TopicPartition

from overround.compose import STATEFUL
from schemas import (
    Bet,
    Decision,
    Exposure,
    Leg,
    OperatorCommand,
    OperatorProfile,
    Result,
    Settlement,
)
from schemas.base import Message
from streams import admin
from streams.producer import Producer
from streams.topics import (
    BETS,
    COMMANDS,
    DECISIONS,
    EXPOSURE,
    FIXTURES,
    RESULTS,
    SETTLED,
    Topic,
    offered,
    registry,
)
from tests.open_market import fixture, price

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]
NOW_MS = 1_750_000_000_000
WITHIN_S = 120.0


class Platform:
    """The stages assess and book in a process, for an operator and events that no other test has."""

    def __init__(self, kafka: str, folder: Path) -> None:
        self.kafka, self.folder = kafka, folder
        self.operator = f"op{uuid4().hex[:10]}"
        self.events = [f"{self.operator}-e{n}" for n in range(3)]
        there = {info.name: info.partitions for info in admin.list_topics(kafka)}
        self.partitions = there.get(BETS.name) or max([2, *(there.get(t.name, 0) for t in registry([]))])
        admin.apply(registry([self.operator]), kafka, self.partitions, 1, stages=STATEFUL)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the worker."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OVERROUND_KAFKA": self.kafka,
            "OVERROUND_DATA_DIR": str(self.folder),
            "OVERROUND_PARTITIONS": str(self.partitions),
            "OVERROUND_OPERATORS": json.dumps([self.operator]),
        }
        command = [sys.executable, "-m", "overround.cli", "worker", "assess", "book"]
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def read(self, topic: Topic) -> list[Message]:
        """All messages of the operator on a topic, as they are now."""
        consumer = Consumer({"bootstrap.servers": self.kafka, "group.id": "none"})
        ends = {
            number: consumer.get_watermark_offsets(TopicPartition(topic.name, number), timeout=30)[1]
            for number in range(self.partitions)
        }
        consumer.assign([TopicPartition(topic.name, number, 0) for number in ends])
        found: list[Message] = []
        left = {number for number, end in ends.items() if end > 0}
        while left:
            record = consumer.poll(10)
            if record is None:
                break  # the last of a partition was compacted away
            if record.value() is not None and self.operator.encode() in record.value():
                found.append(topic.message.model_validate_json(record.value()))
            if record.offset() >= ends[record.partition()] - 1:
                left.discard(record.partition())
        consumer.close()
        return found

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Return when it holds."""
        deadline = time.monotonic() + WITHIN_S
        while not condition():
            log = (self.folder / "worker.log").read_text()[-2_000:]
            assert time.monotonic() < deadline, f"not within {WITHIN_S} s: {what}\n{log}"


@pytest.fixture
def platform(stack, tmp_path) -> Iterator[Platform]:
    found = Platform(stack.kafka, tmp_path)
    yield found
    found.kill()


def bet(platform: Platform, bet_id: str, events: list[str]) -> Bet:
    legs = [Leg(event_id=event, market="1x2", outcome="home", price=2.0) for event in events]
    return Bet(
        operator=platform.operator,
        bettor=f"x{hash(bet_id) % 5}",
        bet_id=bet_id,
        legs=legs,
        stake=100,
        event_time_ms=NOW_MS,
    )


async def prepare(platform: Platform, producer: Producer) -> None:
    name = platform.operator
    profile = OperatorProfile(operator=name, version=1, reservation_s=1e6, max_bets_per_minute=1_000)
    totals = {"all": 1_000_000, "sport:soccer": 900_000}
    profile = profile.model_copy(update={"max_same_per_minute": 1_000, "totals": totals})
    command = OperatorCommand(
        operator=name, command_id="p", kind="profile", issued_by="t", event_time_ms=0, profile=profile
    )
    producer.broadcast(COMMANDS, f"{name}|p", command, 0)
    for event in platform.events:
        producer.send(FIXTURES, event, fixture(event, NOW_MS + 3_600_000), 0)
        producer.send(offered(name), f"{event}|1x2", price(name, event), 0, route=event)
    await producer.acknowledged()


async def place(platform: Platform, producer: Producer, bets: list[Bet]) -> None:
    for each in bets:
        producer.send(BETS, f"{each.operator}|{each.bettor}", each, each.event_time_ms)
    await producer.acknowledged()


@pytest.mark.timeout(500)
async def test_killed_workers_lose_no_bet_decide_none_twice_and_settle_all_of_them(platform):
    def decided() -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for each in platform.read(DECISIONS):
            assert isinstance(each, Decision)
            found[each.bet_id].add(each.model_dump_json())
        return found

    def settled() -> dict[str, Settlement]:
        found: dict[str, Settlement] = {}
        for each in platform.read(SETTLED):
            assert isinstance(each, Settlement)
            if each.bet_id not in found or found[each.bet_id].version < each.version:
                found[each.bet_id] = each
        return found

    platform.start()
    async with Producer(platform.kafka) as producer:
        await prepare(platform, producer)
        first, second, third = platform.events
        for event in platform.events:  # prices come by topics of their own, in their own time
            for attempt in range(200):
                probe = f"p{event}{attempt}"
                await place(platform, producer, [bet(platform, probe, [event])])
                platform.until(lambda probe=probe: probe in decided(), "a probe")
                if Decision.model_validate_json(*decided()[probe]).decision == "accepted":
                    break
        probes = len(decided())
        bets = [bet(platform, f"s{n}", [platform.events[n % 3]]) for n in range(20)]
        bets += [bet(platform, f"d{n}", [first, second]) for n in range(20)]
        bets += [bet(platform, f"t{n}", [third, first, second]) for n in range(10)]
        await place(platform, producer, bets[:25])
        platform.kill()
        await place(platform, producer, bets[25:])
        platform.start()
        platform.until(lambda: len(decided()) > probes + 20, "half of the decisions")
        platform.kill()
        platform.start()
        platform.until(lambda: len(decided()) == len(bets) + probes, "every decision")
        decisions = {bet_id: Decision.model_validate_json(*values) for bet_id, values in decided().items()}
        accepted = {name for name, each in decisions.items() if each.decision == "accepted"}
        assert {each.bet_id for each in bets} <= accepted
        shared = [room for n in range(20) for room in decisions[f"s{n}"].stood_on.shared]
        assert len(shared) == 20 * 2  # each partition goes by its own part of both
        assert all(0 < room.allotted <= 1_000_000 // platform.partitions for room in shared)

        for number, event in enumerate(platform.events):
            away = 2 if number == 2 else 0
            result = Result(
                event_id=event, status="final", home_score=2, away_score=away, event_time_ms=NOW_MS
            )
            producer.send(RESULTS, event, result, NOW_MS)
        await producer.acknowledged()
        platform.kill()
        platform.start()
        platform.until(
            lambda: {name for name, each in settled().items() if each.status == "settled"} == accepted,
            "every settlement",
        )
    paid = {name: each.payout for name, each in settled().items()}
    assert {paid[f"d{n}"] for n in range(20)} == {400}
    assert {paid[f"t{n}"] for n in range(10)} == {0}
    assert [paid[f"s{n}"] for n in range(3)] == [200, 200, 0]
    books: dict[str, Exposure] = {}
    for each in platform.read(EXPOSURE):
        assert isinstance(each, Exposure)
        if each.event_id not in books or books[each.event_id].version < each.version:
            books[each.event_id] = each
    assert {event: book.bets for event, book in books.items()} == dict.fromkeys(platform.events, 0)
    assert all(book.markets == {} for book in books.values())
