"""Quotes are numbered by feed and partition, in the order in which they go out."""

from collections import defaultdict
from itertools import islice

from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from feeds.numbering import Numbering
from feeds.pacing import AtOnce
from feeds.player import play
from feeds.recordings.cut import BUNDLED
from schemas import Quote
from streams.partitions import partition_of

PARTITIONS = 4
SESSION = 1_790_000_000_000


class Taken:
    """A sender that keeps what it is handed, by partition."""

    def __init__(self):
        self.sent, self.flushed = defaultdict(list), 0

    def partitions(self, topic):
        return PARTITIONS

    def send(self, topic, key, message, event_time_ms):
        self.sent[partition_of(key, PARTITIONS)].append(message)

    def broadcast(self, topic, key, message, event_time_ms):
        for partition in range(PARTITIONS):
            self.sent[partition].append(message)

    def flush(self):
        self.flushed += 1


def test_a_recordings_quotes_are_counted_on_each_partition_and_nothing_else_is_changed():
    messages = list(recorded("the-odds-api", islice(lines(BUNDLED), 6), Account()))
    taken = Taken()
    play(messages, Numbering(taken, SESSION), AtOnce())
    assert len(taken.sent) == PARTITIONS
    found = []
    for sent in taken.sent.values():
        quotes = [one for one in sent if isinstance(one, Quote)]
        assert [quote.sequence for quote in quotes] == list(range(1, len(quotes) + 1))
        assert {quote.session for quote in quotes} == {SESSION}
        found += [quote.model_copy(update={"session": 0, "sequence": 0}) for quote in quotes]
    expected = [message for message in messages if isinstance(message, Quote)]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert taken.flushed == 1


def test_two_feeds_are_counted_apart():
    messages = recorded("the-odds-api", islice(lines(BUNDLED), 2), Account())
    quotes = [one for one in messages if isinstance(one, Quote)]
    taken = Taken()
    other = [quote.model_copy(update={"feed": "other"}) for quote in quotes]
    play(
        [one for pair in zip(quotes, other, strict=True) for one in pair], Numbering(taken, SESSION), AtOnce()
    )
    for sent in taken.sent.values():
        for feed in {quote.feed for quote in quotes} | {"other"}:
            numbers = [quote.sequence for quote in sent if quote.feed == feed]
            assert numbers == list(range(1, len(numbers) + 1))
