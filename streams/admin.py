"""Creating and listing topics."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from streams.topics import DAY_MS, MAX_CHANGELOG_BYTES, MAX_MESSAGE_BYTES, Topic, changelog

DLQ_RETENTION_MS = 30 * DAY_MS
_ANSWER_S = 10.0
_CREATE_S = 30.0
_SEGMENT_BYTES = 64 * 1024 * 1024


class PartitionsError(RuntimeError):
    """A topic is there with another number of partitions than asked for."""


class UnreachableError(RuntimeError):
    """No broker answered."""


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """What the broker says of one topic."""

    name: str
    partitions: int
    replication: int


def apply(
    topics: Iterable[Topic],
    kafka: str,
    partitions: int,
    replication: int = 1,
    *,
    stages: Iterable[str] = (),
    there: Mapping[str, int] | None = None,
) -> list[str]:
    """Create what is missing of ``topics``, of their dead-letter topics and of the stages' changelogs.

    Calling it again changes nothing.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    partitions : int
        Of every topic: a stage's tables are partitioned as its inputs are.
    stages : iterable of str
        Names of the stages whose changelog topics are wanted.
    there : mapping of str to int, optional
        Partitions of the topics that exist; asked of the broker where it is left out.

    Returns
    -------
    list of str
        The names of the topics that were created.

    Raises
    ------
    PartitionsError
        When one is there with another number of partitions.
    UnreachableError
        When no broker answers.
    """
    wanted = _wanted(topics, partitions, replication, stages)
    if there is None:
        there = {info.name: info.partitions for info in list_topics(kafka)}
    differ = sorted(name for name in wanted if there.get(name, partitions) != partitions)
    if differ:
        has = ", ".join(f"{name} has {there[name]}" for name in differ[:3])
        if len(differ) > 3:
            has += f", and {len(differ) - 3} more differ"
        raise PartitionsError(
            f"topics must have {partitions} partitions, but {has}; "
            "set OVERROUND_PARTITIONS to that number, or delete these topics"
        )
    missing = [new for name, new in wanted.items() if name not in there]
    return _create(client(kafka), missing) if missing else []


def _wanted(
    topics: Iterable[Topic], partitions: int, replication: int, stages: Iterable[str]
) -> dict[str, NewTopic]:
    def new(name: str, config: dict[str, str]) -> NewTopic:
        return NewTopic(name, partitions, replication, config={**_common(), **config})

    wanted = {}
    for topic in topics:
        kept = _compacted() if topic.cleanup == "compact" else _kept_for(topic.retention_ms)
        wanted[topic.name] = new(topic.name, kept)
        wanted[topic.dlq] = new(topic.dlq, _kept_for(DLQ_RETENTION_MS))
    for stage in stages:
        name = changelog(stage)
        wanted[name] = new(name, {**_compacted(), "max.message.bytes": str(MAX_CHANGELOG_BYTES)})
    return wanted


def _common() -> dict[str, str]:
    return {"max.message.bytes": str(MAX_MESSAGE_BYTES), "segment.bytes": str(_SEGMENT_BYTES)}


def _kept_for(retention_ms: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms)}


def _compacted() -> dict[str, str]:
    # never with delete beside it: Faust's recovery waits for offsets that retention has taken away
    return {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3"}


def _create(admin: AdminClient, missing: Sequence[NewTopic]) -> list[str]:
    futures = admin.create_topics(list(missing), operation_timeout=_CREATE_S)
    names = {future: name for name, future in futures.items()}
    created = []
    for future in as_completed(names, timeout=2 * _CREATE_S):
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            created.append(names[future])
    return sorted(created)


def list_topics(kafka: str) -> list[TopicInfo]:
    """Return all topics that are not Kafka's own, by name.

    Raises
    ------
    UnreachableError
        When no broker answers.
    """
    try:
        topics = client(kafka).list_topics(timeout=_ANSWER_S).topics
    except KafkaException as error:
        raise UnreachableError(f"no Kafka broker answers at {kafka}") from error
    return [
        TopicInfo(
            name, len(topic.partitions), max((len(p.replicas) for p in topic.partitions.values()), default=0)
        )
        for name, topic in sorted(topics.items())
        if not name.startswith("__")
    ]


def client(kafka: str) -> AdminClient:
    """Return a client for administration that says little."""
    return AdminClient({"bootstrap.servers": kafka, "log_level": 2})
