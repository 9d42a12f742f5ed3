"""Messages in event-time order, with heartbeats between them."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from feeds.routing import FeedMessage
from schemas import Heartbeat

MOST_IN_A_ROW = 60
"""Heartbeats without any message between them; a longer hole in a recording is a feed that was silent."""


def in_order(messages: Iterable[FeedMessage], lateness_ms: int) -> Iterator[FeedMessage]:
    """Yield messages in event-time order; of the same instant, in the order in which they came.

    Holds back the last ``lateness_ms`` of event time: messages that come later than that stay out of order.
    """
    if lateness_ms == 0:
        yield from messages
        return
    waiting: list[tuple[int, int, FeedMessage]] = []
    newest = 0
    for number, message in enumerate(messages):
        heappush(waiting, (message.event_time_ms, number, message))
        newest = max(newest, message.event_time_ms)
        while waiting[0][0] < newest - lateness_ms:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]


def with_heartbeats(messages: Iterable[FeedMessage], feed: str, every_ms: int) -> Iterator[FeedMessage]:
    """Yield ordered messages with an ``alive`` heartbeat at each multiple of ``every_ms`` between them."""
    last_ms: int | None = None
    for message in messages:
        now_ms = message.event_time_ms
        if last_ms is not None:
            first = last_ms // every_ms + 1
            for beat in range(first, min((now_ms - 1) // every_ms + 1, first + MOST_IN_A_ROW)):
                yield Heartbeat(feed=feed, interval_ms=every_ms, event_time_ms=beat * every_ms)
        yield message
        last_ms = now_ms if last_ms is None else max(last_ms, now_ms)
