"""A feed's quotes are numbered as they go out, so that who reads them can tell that one is missing."""

from collections import Counter
from typing import Protocol

from feeds.player import Sender
from schemas import Quote
from schemas.base import Message
from streams.partitions import partition_of
from streams.topics import Topic


class Partitioned(Sender, Protocol):
    """A sender that knows how many partitions a topic has: ``streams.producer.Producer``."""

    def partitions(self, topic: Topic) -> int:
        """Return how many partitions ``topic`` has."""
        ...


class Numbering:
    """Hands messages on; quotes get the next number of their feed on their partition, from 1.

    By partition, since whoever reads one partition sees no more of the feed than lies there.

    Parameters
    ----------
    sender : Partitioned
        Where messages go.
    session : int
        Tells these numbers from those of another run: the UTC milliseconds at its start.
    """

    def __init__(self, sender: Partitioned, session: int) -> None:
        self._sender = sender
        self._session = session
        self._last: Counter[tuple[str, int]] = Counter()

    def send(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        """Hand one message over."""
        if isinstance(message, Quote):
            place = message.feed, partition_of(key, self._sender.partitions(topic))
            self._last[place] += 1
            message = message.model_copy(update={"session": self._session, "sequence": self._last[place]})
        self._sender.send(topic, key, message, event_time_ms)

    def broadcast(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        """Hand one message over for every partition."""
        self._sender.broadcast(topic, key, message, event_time_ms)

    def flush(self) -> None:
        """Return when all is acknowledged."""
        self._sender.flush()
