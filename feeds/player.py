"""Plays messages to Kafka, each when it is due."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from feeds.pacing import Clock, Pace, WallClock
from feeds.routing import FeedMessage, key_of, topic_of
from schemas import Heartbeat
from schemas.base import Message
from streams.topics import Topic

_UNACKNOWLEDGED = 20_000
_SHORTEST_WAIT_S = 0.005  # what falls due meanwhile goes out together
_PROGRESS_EVERY_S = 0.1


class Sender(Protocol):
    """Where messages go: ``streams.producer.Producer``."""

    def send(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        """Hand one message over, waiting only while the queue is full."""
        ...

    def broadcast(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        """Hand one message over for every partition."""
        ...

    def flush(self) -> None:
        """Return when all is acknowledged; raise when it cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a play is.

    Parameters
    ----------
    sent : int
        Messages, heartbeats not counted.
    event_time_ms : int
        Of the last message.
    elapsed_s : float
        Since the start.
    behind_s : float
        How long after it was due the last message was sent.
    stopped : bool
        True when it ended before the messages did.
    """

    sent: int = 0
    event_time_ms: int = 0
    elapsed_s: float = 0.0
    behind_s: float = 0.0
    stopped: bool = False


class Nowhere:
    """Takes messages and forgets them."""

    def send(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        """Take one message."""

    def broadcast(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        """Take one message."""

    def flush(self) -> None:
        """Return."""


def play(
    messages: Iterable[FeedMessage],
    sender: Sender,
    pace: Pace,
    *,
    stop: threading.Event | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    clock: Clock | None = None,
) -> Progress:
    """Send ordered messages when they are due.

    Due times count from the start, so that a late message makes none of the later ones late. Blocks: in
    asyncio code call it by ``asyncio.to_thread``.

    Parameters
    ----------
    stop : threading.Event, optional
        Ends the play at once when set, from any thread; what has been handed to the sender is then not
        waited for.
    on_progress : callable, optional
        Called in this thread, about ten times a second and at the end.

    Raises
    ------
    streams.producer.DeliveryError
        When the broker does not take a message.
    """
    stop = stop or threading.Event()
    clock = clock or WallClock()
    start = clock.now()
    origin_ms: int | None = None
    sent = unacknowledged = 0
    event_time_ms, behind, reported = 0, 0.0, 0.0
    for message in messages:
        if origin_ms is None:
            origin_ms = message.event_time_ms
        due = start + pace.due_s(sent, message.event_time_ms - origin_ms)
        while (now := clock.now()) < due and not stop.is_set():
            clock.wait(max(due - now, _SHORTEST_WAIT_S), stop)
        if stop.is_set():
            break
        _send(sender, message)
        sent += not isinstance(message, Heartbeat)
        event_time_ms, behind = message.event_time_ms, now - due
        unacknowledged += 1
        if unacknowledged >= _UNACKNOWLEDGED:
            sender.flush()
            unacknowledged = 0
        if on_progress and now - reported >= _PROGRESS_EVERY_S:
            reported = now
            on_progress(Progress(sent, event_time_ms, now - start, behind))
    if not stop.is_set():
        sender.flush()
    done = Progress(sent, event_time_ms, clock.now() - start, behind, stop.is_set())
    if on_progress:
        on_progress(done)
    return done


def _send(sender: Sender, message: FeedMessage) -> None:
    topic = topic_of(message)
    send = sender.broadcast if topic.broadcast else sender.send
    send(topic, key_of(message), message, message.event_time_ms)
