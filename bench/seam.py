"""The job as a stage of this project. ``seam.py KAFKA IN OUT DIR ORDERED``."""

import json
import sys
from pathlib import Path

from job import PARTITIONS, Event, apply

from schemas.base import Message
from streams.records import Chunk, Output
from streams.seam import SeamConfig, run
from streams.stage import Handler, Outbox, Stage
from streams.state import Kind, State
from streams.topics import Topic

EVENTS = Kind("event", Event)


class Bench(Stage):
    """The job."""

    kinds = (EVENTS,)

    def __init__(self, source: str, target: str, ahead: bool) -> None:
        self.name = f"bench-{source}"  # type: ignore[misc]
        self.loose = frozenset() if ahead else frozenset({target, EVENTS.name})  # type: ignore[misc]
        self._source = Topic(source, "event_id", Message)
        self._target = target

    def handlers(self) -> dict[str, Handler]:
        """Return the job by its topic."""
        return {self._source.name: self.price}

    def price(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Do the job; an event is taken from the state once in a chunk and put back once."""
        events: dict[str, Event] = {}
        for record in chunk.records:
            value = record.value
            assert value is not None
            quote = json.loads(value)
            key = quote["event_id"]
            event = events.get(key)
            if event is None:
                event = events[key] = state.get(EVENTS, key) or Event()
            answer = apply(event, quote)
            out.outputs.append(
                Output(self._target, key.encode(), answer, quote["event_time_ms"], chunk.partition, record)
            )
        for key, event in events.items():
            state.put(EVENTS, key, event)


if __name__ == "__main__":
    kafka, source, target, folder, ahead = sys.argv[1:6]
    run(
        [Bench(source, target, ahead == "ahead")],
        SeamConfig(kafka=kafka, partitions=PARTITIONS, state_dir=Path(folder), chunk=4000, linger_ms=0),
    )
