"""Which events the platform knows: what feeds' matches were decided to be, and the fixtures."""

import asyncio
from collections.abc import Sequence

from schemas import EventMatch, Fixture
from streams.records import PlainRecord
from streams.topics import FIXTURES, MATCHES


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
