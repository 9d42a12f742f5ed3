"""Many bets through the running pipeline. ``bets.py KAFKA [--bets N] [--events N]``; prints one JSON object.

Workers run as they always do, each in a process of its own, with tables in RocksDB; bets go to the broker
and decisions come from it. So many bets are under way at any time that the workers are never idle.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
import psutil
from book import OPERATOR, bet_on, fixture, offer, settings
from confluent_kafka import Consumer, TopicPartition

from deploy.embedded.supervisor import Supervisor
from overround.compose import STATEFUL
from overround.demo.processes import WORKERS, free_port, part
from streams import admin
from streams.lag import Lag
from streams.producer import Producer
from streams.topics import BETS, COMMANDS, DECISIONS, EXPOSURE, FIXTURES, offered, registry

PARTS = 100
"""Into how many parts the bets are cut. Of some of them the median counts: on a machine that others use too,
single parts tell of the others."""
START, END = slice(5, 15), slice(-10, None)
SHOWN_EVERY = 5
UNDER_WAY = 4_000
PATIENCE_S = 600.0


class Decided(msgspec.Struct):
    """What is read of a decision."""

    bet_id: str
    event_id: str
    decision: str
    stake: int


class MarketHeld(msgspec.Struct):
    """What is read of a market's exposure."""

    stakes: int


class Held(msgspec.Struct):
    """What is read of an exposure."""

    event_id: str
    version: int
    markets: dict[str, MarketHeld]


@dataclass
class Seen:
    """What came out of the pipeline."""

    bets: int
    counts: bytearray = field(init=False)
    decided: int = 0
    twice: int = 0
    by_decision: Counter[str] = field(default_factory=Counter)
    stakes: Counter[str] = field(default_factory=Counter)
    held: dict[str, Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = bytearray(self.bets)

    def take_decision(self, value: bytes) -> None:
        """Count a decision; the same one may come twice after a crash, which none of them had here."""
        found = _DECISION.decode(value)
        number = int(found.bet_id[1:])
        if self.counts[number]:
            self.twice += 1
            return
        self.counts[number] = 1
        self.decided += 1
        self.by_decision[found.decision] += 1
        if found.decision == "accepted":
            self.stakes[found.event_id] += found.stake

    def take_exposure(self, value: bytes) -> None:
        """Keep an event's latest exposure."""
        found = _EXPOSURE.decode(value)
        known = self.held.get(found.event_id)
        if known is None or found.version > known.version:
            self.held[found.event_id] = found

    def differing(self) -> int:
        """Return how many events' exposures are not what their decisions come to."""
        held = {event: sum(m.stakes for m in one.markets.values()) for event, one in self.held.items()}
        return sum(held.get(event, 0) != stake for event, stake in self.stakes.items())


_DECISION = msgspec.json.Decoder(Decided)
_EXPOSURE = msgspec.json.Decoder(Held)


@dataclass(frozen=True)
class Mark:
    """How things stood after so many decisions."""

    decided: int
    at_s: float
    cpu_s: dict[str, float]
    rss: dict[str, int]
    load: float


class Outputs:
    """Reads decisions and exposures."""

    def __init__(self, kafka: str, partitions: int) -> None:
        self._client = Consumer(
            {"bootstrap.servers": kafka, "group.id": "bench-bets", "enable.auto.commit": False}
        )
        self._client.assign(
            [TopicPartition(topic.name, p, 0) for topic in (DECISIONS, EXPOSURE) for p in range(partitions)]
        )

    def read(self, seen: Seen, patience_s: float) -> None:
        """Take what has come, waiting so long for the first of it."""
        for message in self._client.consume(2_000, patience_s):
            value = message.value()
            if message.error() is None and value is not None:
                take = seen.take_decision if message.topic() == DECISIONS.name else seen.take_exposure
                take(value)

    def close(self) -> None:
        """End."""
        self._client.close()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kafka")
    parser.add_argument("--bets", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--worker", action="append", choices=sorted(WORKERS))
    wanted = parser.parse_args()
    workers = wanted.worker or ["betting"]
    found = asyncio.run(measure(wanted.kafka, wanted.bets, wanted.events, wanted.partitions, workers))
    sys.stdout.write(json.dumps(found) + "\n")


async def measure(
    kafka: str, bets: int, events: int, partitions: int, workers: Sequence[str]
) -> dict[str, object]:
    """Run workers on the broker, let all bets through, and return what they took."""
    admin.apply(registry([OPERATOR]), kafka, partitions, stages=STATEFUL)
    names = [f"event{n:04d}" for n in range(events)]
    with TemporaryDirectory(prefix="overround-bench-") as folder:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OVERROUND_")},
            "OVERROUND_DATA_DIR": folder,
            "OVERROUND_KAFKA": kafka,
            "OVERROUND_OPERATORS": json.dumps([OPERATOR]),
            "OVERROUND_PARTITIONS": str(partitions),
            "OVERROUND_STORE": "rocksdb",
        }
        parts = []
        for name in workers:
            port = free_port()
            worker = part(name, ["worker", *WORKERS[name], "--port", str(port)], port, Path(folder), env)
            parts.append(replace(worker, start_within_s=PATIENCE_S))
        with Producer(kafka, linger_ms=2.0) as producer:
            _open_markets(producer, names)
            async with Supervisor(parts) as supervisor:
                await asyncio.to_thread(_all_read, kafka, partitions)
                processes = {name: psutil.Process(pid) for name, pid in supervisor.pids().items()}
                seen = Seen(bets)
                marks = await asyncio.to_thread(
                    _drive, producer, Outputs(kafka, partitions), seen, names, processes
                )
    return _found(bets, events, seen, marks)


def _open_markets(producer: Producer, names: Sequence[str]) -> None:
    command = settings()
    producer.broadcast(COMMANDS, f"{OPERATOR}|settings", command, command.event_time_ms)
    for name in names:
        known, price = fixture(name), offer(name, "1x2")
        producer.send(FIXTURES, name, known, known.event_time_ms)
        producer.send(offered(OPERATOR), f"{name}|1x2", price, price.event_time_ms, route=name)
    producer.flush()


def _all_read(kafka: str, partitions: int) -> None:
    """Return when stage book knows all markets."""
    lag = Lag(kafka)
    topics = [topic.name for topic in (COMMANDS, FIXTURES, offered(OPERATOR))]
    until = time.monotonic() + PATIENCE_S
    while lag.of("overround-book", topics, partitions) or lag.of("overround-assess", topics[:1], partitions):
        if time.monotonic() > until:
            raise RuntimeError(f"markets are not read after {PATIENCE_S:g} s")
        time.sleep(0.1)


def _drive(
    producer: Producer,
    outputs: Outputs,
    seen: Seen,
    names: Sequence[str],
    processes: dict[str, psutil.Process],
) -> list[Mark]:
    rng, sent = Random(3), 0
    begun, part_of = time.monotonic(), max(1, seen.bets // PARTS)
    marks = [_mark(seen, begun, processes)]
    heard, before = begun, 0
    while seen.decided < seen.bets:
        while sent < seen.bets and sent - seen.decided < UNDER_WAY:
            bet = bet_on(sent, names[int(rng.random() * len(names))], "1x2", int(rng.random() * 3))
            producer.send(BETS, f"{OPERATOR}|{bet.bettor}", bet, bet.event_time_ms)
            sent += 1
        outputs.read(seen, 0.02)
        now = time.monotonic()
        if seen.decided > before:
            heard, before = now, seen.decided
        elif now - heard > PATIENCE_S:
            raise RuntimeError(f"{sent - seen.decided} bets have no decision after {PATIENCE_S:g} s")
        if seen.decided // part_of > marks[-1].decided // part_of or seen.decided == seen.bets:
            marks.append(_mark(seen, begun, processes))
            if len(marks) % SHOWN_EVERY == 1:
                sys.stderr.write(f"{seen.decided:,} of {seen.bets:,} after {marks[-1].at_s:.0f} s\n")
    outputs.read(seen, 2.0)
    outputs.close()
    return marks


def _mark(seen: Seen, begun: float, processes: dict[str, psutil.Process]) -> Mark:
    cpu_s, rss = {}, {}
    for name, process in processes.items():
        times = process.cpu_times()
        cpu_s[name] = times.user + times.system
        rss[name] = process.memory_info().rss
    return Mark(seen.decided, time.monotonic() - begun, cpu_s, rss, round(os.getloadavg()[0], 1))


def _found(bets: int, events: int, seen: Seen, marks: Sequence[Mark]) -> dict[str, object]:
    """Return medians of the start (from 5 to 15% of the bets) and the end (the last 10%), and the curve."""
    parts = [_between(before, after) for before, after in pairwise(marks)]
    ends: dict[str, dict[str, float]] = {}
    for what in ("bets_per_second", "bets_per_cpu_second", "rss_mib"):
        start, end = (median(part[what] for part in parts[chosen]) for chosen in (START, END))
        ends[what] = {"start": round(start), "end": round(end), "end_of_start": round(end / start, 3)}
    return {
        "bets": bets,
        "events": events,
        "decisions": dict(seen.by_decision),
        "decided_twice": seen.twice,
        "exposures_that_differ": seen.differing(),
        **ends,
        "path": [
            {"decided": a.decided, **{what: round(value) for what, value in part.items()}, "load": a.load}
            for a, part in list(zip(marks[1:], parts, strict=True))[:: len(parts) // 20 or 1]
        ],
    }


def _between(before: Mark, after: Mark) -> dict[str, float]:
    """Return bets per second, and per second of the workers' CPU time, and memory at the end."""
    done = after.decided - before.decided
    busy = sum(after.cpu_s.values()) - sum(before.cpu_s.values())
    return {
        "bets_per_second": done / (after.at_s - before.at_s),
        "bets_per_cpu_second": done / max(busy, 1e-2),
        "rss_mib": sum(after.rss.values()) / 2**20,
    }


if __name__ == "__main__":
    main()
