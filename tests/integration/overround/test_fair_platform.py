"""History goes in by Kafka, is learned from in PostgreSQL, and the champion is told to every partition."""

import asyncio
import hashlib
import runpy
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner

from agents.sink import PostgresSink
from ml import registry
from ml.fair import walk
from ml.fair.messages import recorded, told
from ml.fair.table import table
from overround.commands import fair as verbs
from overround.commands import fair_platform
from overround.settings import Settings
from schemas import Champion
from storage.database import Database
from storage.models import Models
from streams import admin
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox
from streams.topics import CHAMPIONS, CLOSED

pytestmark = pytest.mark.integration
MADE_UP = runpy.run_path(str(Path(__file__).parents[2] / "studies" / "ml" / "fair" / "conftest.py"))


@pytest.fixture(scope="module")
def matches():
    return MADE_UP["league"](seasons=3, leagues=("E0", "D1", "I1"), first=2022)


@pytest.fixture
def platform(stack, database, tmp_path, monkeypatch):
    config = Settings(
        data_dir=tmp_path, kafka=stack.kafka, postgres=database.primary, postgres_replica=database.replica
    )
    for module in (verbs, fair_platform):
        monkeypatch.setattr(module, "settings", lambda: config)
    monkeypatch.setattr(walk, "MIN_MATCHES", 1000)
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    admin.apply([CLOSED, CHAMPIONS], stack.kafka, there.get(CLOSED.name, config.partitions), 1)
    return config


async def stored(matches, dsn):
    """Bring matches into PostgreSQL by the sink, as the topic would."""
    sink = PostgresSink(dsn, ())
    await sink.start()
    records = []
    for place, match in enumerate(matches):
        closed = told(f"e{place}", match)
        records.append(
            PlainRecord(CLOSED.name, 0, place, closed.event_time_ms, b"k", closed.model_dump_json().encode())
        )
    for start in range(0, len(records), 500):
        out = Outbox(1)
        await sink.process(Chunk(CLOSED.name, 0, records[start : start + 500]), out)
        assert out.rejected == []
    await sink.stop()


def partitions(kafka):
    """Of the topics that every partition is told by."""
    return {info.name: info.partitions for info in admin.list_topics(kafka)}[CLOSED.name]


def read(kafka, topic):
    """All records of a topic, until the ends of its partitions."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "none", "auto.offset.reset": "earliest"})
    ends = {
        partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)[1]
        for partition in range(partitions(kafka))
    }
    consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
    found = []
    while sum(ends.values()) > len(found):
        record = consumer.poll(30)
        assert record is not None, "a record that the broker counts did not come"
        found.append(record)
    consumer.close()
    return found


def test_a_match_told_by_a_message_is_the_match_of_the_file(matches):
    some = matches[:700]
    again = [recorded(told(f"e{place}", match)) for place, match in enumerate(some)]
    one, two = table(some), table(again)
    assert (one.features.tobytes(), one.consensus.tobytes()) == (
        two.features.tobytes(),
        two.consensus.tobytes(),
    )


def test_retraining_twice_comes_to_one_model_which_can_be_promoted(platform, matches, database):
    asyncio.run(stored(matches, platform.postgres))
    run = CliRunner().invoke
    first = run(verbs.app, ["retrain", "--until", "2025-07-01"])
    assert first.exit_code == 0, first.output
    name = first.stdout.split()[0]
    assert first.stdout.strip() == f"{name} is new"
    second = run(verbs.app, ["retrain", "--until", "2025-07-01"])
    assert second.stdout.strip() == f"{name} is there already"

    done = run(verbs.app, ["promote", name])
    assert done.exit_code == 0, done.output
    assert verbs.models().champion() == name
    telling = [record for record in read(platform.kafka, CHAMPIONS.name) if name.encode() in record.value()]
    assert sorted(record.partition() for record in telling) == list(range(partitions(platform.kafka)))
    champion = Champion.model_validate_json(telling[0].value())
    made = verbs.models().load(name)
    assert champion.sha256 == hashlib.sha256(made.model.trees).hexdigest()

    async def kept():
        base = Database(database.primary)
        await base.open()
        models = Models(base)
        files, turns = await models.files(name), await models.turns("1x2")
        await base.close()
        return files, turns

    files, turns = asyncio.run(kept())
    assert registry.of_contents(files).model == made.model
    assert [(turn.name, turn.action) for turn in turns] == [(name, "promote")]


def test_imported_history_reaches_every_partition(platform, matches):
    before = {record.key() for record in read(platform.kafka, CLOSED.name)}
    assert fair_platform.publish_history(matches[:50], list(MADE_UP["goals"](matches[:50]))) == 50
    found = [record for record in read(platform.kafka, CLOSED.name) if record.key() not in before]
    wanted = 50 * partitions(platform.kafka)
    assert len(found) == wanted
    places = {(record.partition(), record.key()) for record in found}
    assert len(places) == wanted, "each match once on each partition"
