"""Which events the platform knows: what feeds' matches were decided to be, and the fixtures."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from schemas import EventMatch, Fixture
from streams.records import PlainRecord
from streams.topics import FIXTURES, MATCHES

OPENED_WITHIN_S = 60.0


def read(kafka: str) -> tuple[list[EventMatch], list[Fixture]]:
    """Return all decisions and fixtures on the topics; of the same key the later comes later.

    Raises
    ------
    streams.stage.Unavailable
        Kafka does not answer.
    """
    from agents import compacted
    from streams import admin

    matches: list[EventMatch] = []
    fixtures: list[Fixture] = []

    def handle(records: Sequence[PlainRecord]) -> None:
        for record in records:
            if record.value is None:
                continue
            try:
                if record.topic == MATCHES.name:
                    matches.append(EventMatch.model_validate_json(record.value))
                else:
                    fixtures.append(Fixture.model_validate_json(record.value))
            except ValueError:
                continue  # a dead letter of whoever reads it

    there = {info.name for info in admin.list_topics(kafka)}
    wanted = [topic.name for topic in (MATCHES, FIXTURES) if topic.name in there]
    if wanted:
        asyncio.run(compacted.read(kafka, wanted, handle))
    return matches, fixtures


@contextmanager
def decided(kafka: str) -> Iterator[Callable[[], list[EventMatch]]]:
    """Follow what persons decide from now on; what is handed out returns what is new each time it is called.

    Raises
    ------
    streams.stage.Unavailable
        Kafka does not answer.
    """
    from streams.stage import Unavailable

    queue: SimpleQueue[EventMatch] = SimpleQueue()
    opened, stop = threading.Event(), threading.Event()

    def new() -> list[EventMatch]:
        found = []
        while not queue.empty():
            try:
                found.append(queue.get_nowait())
            except Empty:
                break
        return found

    thread = threading.Thread(
        target=lambda: asyncio.run(_follow(kafka, queue, opened, stop)), name="decisions", daemon=True
    )
    thread.start()
    try:
        if not opened.wait(OPENED_WITHIN_S):
            raise Unavailable(f"Kafka: {MATCHES.name} cannot be followed")
        yield new
    finally:
        stop.set()
        thread.join()


async def _follow(
    kafka: str, queue: "SimpleQueue[EventMatch]", opened: threading.Event, stop: threading.Event
) -> None:
    from streams.tail import Tail

    def handle(records: Sequence[PlainRecord]) -> None:
        for record in records:
            try:
                match = EventMatch.model_validate_json(record.value or b"")
            except ValueError:
                continue
            if match.decided_by is not None:
                queue.put(match)

    tail = Tail(kafka, [MATCHES.name], handle, start="end")
    await tail.start()
    try:
        while not stop.is_set():
            if tail.opened:
                opened.set()
            await asyncio.sleep(0.1)
    finally:
        await tail.stop()
