"""Topics come to be as the registry says, and a second call finds nothing to do."""

import uuid

import pytest
from confluent_kafka.admin import ConfigResource, ResourceType

from schemas.base import Message
from streams import admin
from streams.topics import Topic, changelog

pytestmark = pytest.mark.integration


class Note(Message):
    """A message."""

    text: str


def config(kafka: str, topic: str) -> dict[str, str]:
    client = admin.client(kafka)
    [future] = client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    return {name: entry.value for name, entry in future.result(30).items()}


def test_topics_dead_letters_and_changelogs_are_made_once_with_their_settings(stack):
    name = f"test-{uuid.uuid4().hex}"
    kept = Topic(f"{name}.kept.v1", "key", Note, retention_ms=86_400_000)
    compacted = Topic(f"{name}.compacted.v1", "key", Note, cleanup="compact")
    created = admin.apply([kept, compacted], stack.kafka, 3, stages=[name])
    assert created == sorted([kept.name, kept.dlq, compacted.name, compacted.dlq, changelog(name)])
    assert admin.apply([kept, compacted], stack.kafka, 3, stages=[name]) == []
    assert config(stack.kafka, kept.name)["cleanup.policy"] == "delete"
    assert config(stack.kafka, kept.name)["retention.ms"] == "86400000"
    assert config(stack.kafka, compacted.name)["cleanup.policy"] == "compact"
    assert config(stack.kafka, compacted.dlq)["cleanup.policy"] == "delete"
    assert config(stack.kafka, changelog(name))["cleanup.policy"] == "compact"
    assert int(config(stack.kafka, changelog(name))["max.message.bytes"]) == 16 * 1024 * 1024


def test_what_is_missing_is_added_to_what_is_there(stack):
    first, second = (Topic(f"test-{uuid.uuid4().hex}.v1", "key", Note) for _ in range(2))
    admin.apply([first], stack.kafka, 2)
    assert admin.apply([first, second], stack.kafka, 2) == [second.name, second.dlq]


def test_another_number_of_partitions_is_refused_with_what_to_do(stack):
    topic = Topic(f"test-{uuid.uuid4().hex}.v1", "key", Note)
    admin.apply([topic], stack.kafka, 2)
    with pytest.raises(admin.PartitionsError, match=r"has 2.*OVERROUND_PARTITIONS"):
        admin.apply([topic], stack.kafka, 3)


def test_topics_are_listed_without_kafkas_own(stack):
    topic = Topic(f"test-{uuid.uuid4().hex}.v1", "key", Note)
    admin.apply([topic], stack.kafka, 2)
    found = admin.list_topics(stack.kafka)
    assert admin.TopicInfo(topic.name, 2, 1) in found
    assert not any(info.name.startswith("__") for info in found)


def test_without_a_broker_it_says_so(monkeypatch):
    monkeypatch.setattr(admin, "_ANSWER_S", 0.2)
    with pytest.raises(admin.UnreachableError, match=r"127\.0\.0\.1:1"):
        admin.list_topics("127.0.0.1:1")
