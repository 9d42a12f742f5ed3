"""A replay in one process: the same stages, no broker, the same bytes every time.

Inputs are merged by (event time, topic, partition, offset) and given to the stages tick by tick of event
time; what a stage emits in a tick reaches the stages after it in the same tick, and those before it in the
next. Within a tick a stage gets one chunk per topic and partition, so conflation goes by event time, where a
live worker conflates by what one fetch brought.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from streams.records import EVENT_TIME, Chunk, Output, PlainRecord, Record, micros
from streams.stage import Outbox, Stage
from streams.state import DictStore, State
from streams.topics import DLQ_SUFFIX

LogKey = tuple[str, int]


@dataclass
class Replay:
    """Runs stages over recorded inputs.

    Parameters
    ----------
    stages : sequence of Stage
        In the order of the flow.
    partitions : int
        Of every topic.
    tick_ms : int
        Length of a tick of event time.
    """

    stages: Sequence[Stage]
    partitions: int = 4
    tick_ms: int = 1_000
    logs: dict[LogKey, list[PlainRecord]] = field(default_factory=lambda: defaultdict(list))
    """All records by topic and partition, inputs and outputs."""

    def __post_init__(self) -> None:
        self._stores = {(stage.name, p): DictStore() for stage in self.stages for p in range(self.partitions)}
        self._states = {key: State(store) for key, store in self._stores.items()}
        self._read: dict[tuple[str, str, int], int] = defaultdict(int)
        self.inputs: set[str] = set()
        """Topics that were played in, not written by a stage."""

    def run(self, inputs: Iterable[Record]) -> None:
        """Play inputs to the end; their offsets are kept, and each needs an event-time header."""
        ordered = sorted(inputs, key=lambda r: (event_time(r), r.topic, r.partition, r.offset))
        tick: int | None = None
        for record in ordered:
            its_tick = event_time(record) // self.tick_ms
            if tick is not None and its_tick != tick:
                self._pass()
            tick = its_tick
            self.inputs.add(record.topic)
            self._append(record)
        self._drain()

    def _append(self, record: Record) -> None:
        log = self.logs[record.topic, record.partition]
        log.append(
            PlainRecord(
                record.topic,
                record.partition,
                len(log),
                record.timestamp,
                record.key,
                record.value,
                record.headers,
            )
        )

    def _drain(self) -> None:
        while self._pass():
            pass

    def _pass(self) -> bool:
        """Let every stage read what is new to it, once, in order; tell whether any did."""
        worked = False
        for stage in self.stages:
            for topic in sorted(stage.inputs()):
                for partition in range(self.partitions):
                    worked |= self._feed(stage, topic, partition)
        return worked

    def _feed(self, stage: Stage, topic: str, partition: int) -> bool:
        log = self.logs.get((topic, partition), [])
        start = self._read[stage.name, topic, partition]
        if start == len(log):
            return False
        self._read[stage.name, topic, partition] = len(log)
        out = Outbox(self.partitions)
        key = (stage.name, partition)
        stage.process(Chunk(topic, partition, log[start:]), self._states[key], out)
        self._stores[key].apply(self._states[key].take_changes())
        for output in out.outputs:
            self._write(output)
        for record, reason in out.rejected:
            self._append(
                PlainRecord(
                    record.topic + DLQ_SUFFIX,
                    record.partition,
                    0,
                    record.timestamp,
                    record.key,
                    record.value,
                    (*record.headers, ("reason", reason.encode())),
                )
            )
        return True

    def _write(self, output: Output) -> None:
        partition = output.partition if output.partition is not None else 0
        timestamp = output.cause.timestamp if output.cause is not None else output.event_time_ms
        headers = ((EVENT_TIME, str(output.event_time_ms).encode()), *output.headers)
        self._append(PlainRecord(output.topic, partition, 0, timestamp, output.key, output.value, headers))

    def states(self) -> list[State]:
        """Return the states of all stages and partitions."""
        return list(self._states.values())

    def topic(self, name: str) -> list[PlainRecord]:
        """Return all records of a topic, partition by partition."""
        return [record for p in range(self.partitions) for record in self.logs.get((name, p), [])]

    def table(self, stage: str) -> dict[bytes, bytes]:
        """Return a stage's table, all partitions together."""
        merged: dict[bytes, bytes] = {}
        for (name, _), store in self._stores.items():
            if name == stage:
                merged.update(store.data)
        return merged


def event_time(record: Record) -> int:
    """Return the event time of a record in UTC milliseconds, else its timestamp."""
    found = micros(record, EVENT_TIME)
    return record.timestamp if found is None else found
