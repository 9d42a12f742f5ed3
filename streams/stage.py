"""What a stage is: a name, the topics that it reads, and a function from a chunk to outputs.

A stage is pure but for its ``State``: no clock, no network. The same object runs under Faust
(``streams.seam``) and in a replay in one process (``streams.replay``).

What runs it promises: chunks of one partition come in order, one at a time; each record reaches ``process``
exactly once as far as the state can tell. The outcome of a chunk (changes and outputs) is written ahead as
one record; after a crash it is either known as a whole, and its outputs are sent again byte for byte, or not
at all (docs/decisions/0001). What a client sends twice does come twice.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError

from schemas.base import Message
from streams.partitions import partition_of
from streams.records import Chunk, Output, Record
from streams.state import Kind, State
from streams.topics import Topic

M = TypeVar("M", bound=Message)


class Outbox:
    """Collects what a stage answers to one chunk."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.outputs: list[Output] = []
        self.rejected: list[tuple[Record, str]] = []

    def emit(
        self,
        topic: Topic,
        key: str,
        message: Message,
        event_time_ms: int,
        *,
        cause: Record | None = None,
        route: str | None = None,
        partition: int | None = None,
    ) -> None:
        """Write ``message`` to ``topic``.

        Parameters
        ----------
        key : str
            The record's key; compaction goes by it.
        route : str, optional
            What the partition is chosen by, where it is not the whole key (an event's markets share one).
        partition : int, optional
            The partition itself, where the message is for that one.
        cause : Record, optional
            The input that is answered.
        """
        value = message.__pydantic_serializer__.to_json(message)
        if partition is None:
            partition = partition_of(route or key, self.partitions)
        self.outputs.append(Output(topic.name, key.encode(), value, event_time_ms, partition, cause))

    def broadcast(
        self, topic: Topic, key: str, message: Message, event_time_ms: int, *, cause: Record | None = None
    ) -> None:
        """Write ``message`` to every partition of ``topic``."""
        value = message.__pydantic_serializer__.to_json(message)
        for partition in range(self.partitions):
            self.outputs.append(Output(topic.name, key.encode(), value, event_time_ms, partition, cause))

    def reject(self, record: Record, reason: str) -> None:
        """Send an input to its topic's dead letters; ``reason`` is a code, optionally with ``: detail``."""
        self.rejected.append((record, reason))


Handler = Callable[[Chunk, State, Outbox], None]


class Stage(ABC):
    """A step of the pipeline; one Faust app and one consumer group when it runs on Kafka."""

    name: ClassVar[str]
    kinds: ClassVar[tuple[Kind[Any], ...]] = ()
    """What it keeps in its table."""
    loose: ClassVar[frozenset[str]] = frozenset()
    """Names of output topics and kinds that stay right when a crash lets only part of a turn happen, and the
    turn comes again: a turn of nothing else is not written ahead, which saves a trip to the broker."""

    @abstractmethod
    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic, by topic name. Its keys are the stage's inputs."""

    def inputs(self) -> tuple[str, ...]:
        """Return the names of the topics that the stage reads."""
        return tuple(self.handlers())

    def process(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Handle one chunk."""
        self.handlers()[chunk.topic](chunk, state, out)


class Unavailable(Exception):  # noqa: N818 - says what is the matter
    """The service behind a sink does not answer; the chunk is tried again."""


class Sink(ABC):
    """A step that carries records out of Kafka: into PostgreSQL, into Redis."""

    name: ClassVar[str]

    @abstractmethod
    def inputs(self) -> tuple[str, ...]:
        """Return the names of the topics that the sink reads."""

    async def start(self) -> None:  # noqa: B027 - a sink that has nothing to open needs none
        """Open connections."""

    async def stop(self) -> None:  # noqa: B027
        """Close them."""

    @abstractmethod
    async def process(self, chunk: Chunk, out: Outbox) -> None:
        """Carry one chunk out; returning means that it is safe there. May see a chunk twice."""


def decoded(chunk: Chunk, model: type[M], out: Outbox) -> Iterator[tuple[Record, M]]:
    """Yield the records of a chunk with their messages; what cannot be read goes to the dead letters."""
    load = model.__pydantic_validator__.validate_json
    for record in chunk.records:
        if record.value is None:
            continue  # a tombstone of a compacted topic
        try:
            yield record, load(record.value)
        except ValidationError as error:
            out.reject(record, reason_of(error))


def reason_of(error: ValidationError) -> str:
    """Return the reason code of an unreadable record: ``not_json`` or ``schema: where: what``."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return f"not_json: {first['msg']}"
    where = ".".join(str(part) for part in first["loc"]) or "value"
    return f"schema: {where}: {first['msg']}"


def by_name(topics: Sequence[Topic]) -> dict[str, Topic]:
    """Return topics by name."""
    return {topic.name: topic for topic in topics}
