"""A stage that counts, and a worker of its own that can be killed at any step.

Run as a script, it is the worker: ``python counting.py JSON``. Its outputs depend on everything that a crash
can disturb: on the order of the records of a key, on how often each was seen, and on where chunks begin.
"""

import asyncio
import dataclasses
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from pydantic import BaseModel

from schemas.base import Message
from streams.records import Chunk
from streams.seam import SeamConfig, run
from streams.stage import Outbox, Sink, Stage, Unavailable, decoded
from streams.state import Kind, State
from streams.topics import Topic

POISON = -1


class Number(Message):
    """What comes in."""

    key: str
    id: int


class Count(Message):
    """What goes out for each number."""

    key: str
    id: int
    sequence: int
    total: int


class Lot(Message):
    """What goes out for each chunk and key."""

    key: str
    first: int
    last: int


class Tally(BaseModel):
    """What is remembered of a key."""

    count: int = 0
    total: int = 0


TALLIES = Kind("tally", Tally)


@dataclasses.dataclass(frozen=True)
class Order:
    """What a worker is told.

    ``die_at`` names a step, ``die_after`` how often it is survived, ``die_by`` the signal that is sent then.
    """

    kafka: str
    name: str
    source: str
    counts: str
    lots: str
    state_dir: str
    partitions: int = 4
    store: str = "memory"
    kind: str = "stage"
    loose: bool = False
    chunk: int = 100
    die_at: str = ""
    die_after: int = 0
    die_by: str = "SIGKILL"
    session_s: float = 6.0
    sink_file: str = ""
    gate: str = ""


class Counting(Stage):
    """Counts numbers by key."""

    kinds = (TALLIES,)

    def __init__(self, order: Order) -> None:
        self.name = order.name
        self.loose = frozenset({TALLIES.name, order.counts, order.lots} if order.loose else ())
        self.source = Topic(order.source, "key", Number)
        self.counts = Topic(order.counts, "key", Count)
        self.lots = Topic(order.lots, "key", Lot)

    def handlers(self):
        return {self.source.name: self.count}

    def count(self, chunk: Chunk, state: State, out: Outbox) -> None:
        lots: dict[str, list[int]] = {}
        for record, number in decoded(chunk, Number, out):
            tally = state.get(TALLIES, number.key) or Tally()
            tally.count += 1
            tally.total += number.id
            state.put(TALLIES, number.key, tally)
            if number.id == POISON:
                raise ValueError("poison")
            count = Count(key=number.key, id=number.id, sequence=tally.count, total=tally.total)
            out.emit(
                self.counts, f"{number.key}/{number.id}", count, number.id, cause=record, route=number.key
            )
            lots.setdefault(number.key, []).append(number.id)
        for key, ids in lots.items():
            out.emit(
                self.lots, f"{key}/{ids[0]}", Lot(key=key, first=ids[0], last=ids[-1]), ids[-1], route=key
            )


class Filing(Sink):
    """Writes numbers to a file; unavailable while there is no gate."""

    def __init__(self, order: Order) -> None:
        self.name = order.name
        self._order = order

    def inputs(self):
        return (self._order.source,)

    async def process(self, chunk: Chunk, out: Outbox) -> None:
        await asyncio.to_thread(self._file, chunk, out)

    def _file(self, chunk: Chunk, out: Outbox) -> None:
        if not Path(self._order.gate).exists():
            raise Unavailable("no gate")
        lines = []
        for _, number in decoded(chunk, Number, out):
            if number.id == POISON:
                raise ValueError("poison")
            lines.append(f"{number.key} {number.id}\n")
        with Path(self._order.sink_file).open("a") as file:
            file.writelines(lines)


def main() -> None:
    order = Order(**json.loads(sys.argv[1]))
    seen: Counter[str] = Counter()

    def at_step(step: str) -> None:
        seen[step] += 1
        if step.startswith("url="):
            Path(order.state_dir, f"url-{os.getpid()}").write_text(step.removeprefix("url="))
        if step == order.die_at and seen[step] == order.die_after + 1:
            os.kill(os.getpid(), signal.Signals[order.die_by])

    run(
        [Counting(order) if order.kind == "stage" else Filing(order)],
        SeamConfig(
            kafka=order.kafka,
            partitions=order.partitions,
            store=order.store,  # type: ignore[arg-type]
            state_dir=Path(order.state_dir),
            chunk=order.chunk,
            commit_s=0.05,
            session_s=order.session_s,
            at_step=at_step,
        ),
    )


if __name__ == "__main__":
    main()
