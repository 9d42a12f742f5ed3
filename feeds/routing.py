"""Which topic takes a message, and under which key."""

from schemas import Fixture, Heartbeat, Quote, Result
from streams.topics import FIXTURES, HEARTBEATS, QUOTES, RESULTS, Topic

FeedMessage = Quote | Fixture | Result | Heartbeat
"""What an adapter makes."""

_TOPICS: dict[type[FeedMessage], Topic] = {
    Quote: QUOTES,
    Fixture: FIXTURES,
    Result: RESULTS,
    Heartbeat: HEARTBEATS,
}


def topic_of(message: FeedMessage) -> Topic:
    """Return the topic that takes ``message``."""
    return _TOPICS[type(message)]


def key_of(message: FeedMessage) -> str:
    """Return the record's key: the event, or the feed of a heartbeat."""
    return message.feed if isinstance(message, Heartbeat) else message.event_id
