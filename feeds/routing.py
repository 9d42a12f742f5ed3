"""Which topic takes a message, and under which key."""

from schemas import EventMatch, Fixture, Heartbeat, Quote, Result
from streams.topics import FIXTURES, HEARTBEATS, MATCHES, QUOTES, RESULTS, Topic

FeedMessage = Quote | Fixture | Result | Heartbeat | EventMatch
"""What an adapter makes, and what becomes of its matches."""

_TOPICS: dict[type[FeedMessage], Topic] = {
    Quote: QUOTES,
    Fixture: FIXTURES,
    Result: RESULTS,
    Heartbeat: HEARTBEATS,
    EventMatch: MATCHES,
}


def topic_of(message: FeedMessage) -> Topic:
    """Return the topic that takes ``message``."""
    return _TOPICS[type(message)]


def key_of(message: FeedMessage) -> str:
    """Return the record's key: the event, the feed of a heartbeat, or feed and match of a decision."""
    if isinstance(message, EventMatch):
        return f"{message.feed}|{message.feed_id}"
    return message.feed if isinstance(message, Heartbeat) else message.event_id
