"""A lost quote is noticed by the numbers and told; what its feed showed before is doubtful from then on."""

from functools import lru_cache

import pytest

from agents.compile import Compile
from agents.health import Health
from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from feeds.numbering import Numbering
from feeds.pacing import AtOnce
from feeds.player import play
from feeds.recordings.cut import BUNDLED
from schemas import FairPrice, Heartbeat, Quote
from streams.partitions import partition_of
from streams.topics import FAIR, HEARTBEATS, QUOTES
from tests.unit.agents.pipeline import PARTITIONS, START_MS, Pipeline

MINUTE_MS = 60_000
SESSION = 1_790_000_000_000


@lru_cache(maxsize=1)
def beginning():
    """Half an hour of the recording: the result markets, snapshot by snapshot."""
    found, first_ms = [], None
    for message in recorded("the-odds-api", lines(BUNDLED), Account()):
        first_ms = first_ms or message.event_time_ms
        if message.event_time_ms > first_ms + 31 * MINUTE_MS:
            return found
        if not isinstance(message, Quote) or message.market == "1x2":
            found.append(message)
    raise AssertionError("the recording is longer")


class Into:
    """Puts what is sent into a pipeline, but for the quotes that are lost."""

    def __init__(self, pipeline, lost):
        self.pipeline, self.lost, self.quotes = pipeline, lost, []

    def partitions(self, topic):
        return PARTITIONS

    def send(self, topic, key, message, event_time_ms):
        if topic is QUOTES:
            self.quotes.append(message)
            if len(self.quotes) - 1 in self.lost:
                return
        self.pipeline.put(topic, key, message, at_ms=event_time_ms, wall_ms=event_time_ms)

    broadcast = send

    def flush(self):
        pass


@lru_cache(maxsize=2)
def played(lost=frozenset()):
    pipeline = Pipeline([Health(), Compile(["north"])])
    pipeline.operator(at_ms=beginning()[0].event_time_ms)
    into = Into(pipeline, lost)
    play(beginning(), Numbering(into, SESSION), AtOnce())
    pipeline.run()
    return pipeline, into.quotes


def gaps(pipeline):
    return [beat for beat in pipeline.read(HEARTBEATS, Heartbeat) if beat.missed]


def test_a_recording_that_arrives_whole_has_no_gap():
    pipeline, quotes = played()
    assert len(quotes) > 300
    assert gaps(pipeline) == []
    assert not any(s.rejected == "unconfirmed" for f in pipeline.read(FAIR, FairPrice) for s in f.books)


@pytest.mark.parametrize("count", [1, 3])
def test_lost_quotes_of_a_recording_are_told_and_nothing_older_of_the_feed_counts_until_shown_again(count):
    _, quotes = played()
    first = 3 * len(quotes) // 4
    lost_at = next(n for n in range(first, len(quotes)) if quotes[n].prices)
    event = quotes[lost_at].event_id
    same = [n for n in range(lost_at, len(quotes)) if quotes[n].event_id == event][:count]
    pipeline, _ = played(frozenset(same))
    told = gaps(pipeline)
    assert {(beat.feed, beat.status) for beat in told} == {("the-odds-api", "alive")}
    assert sum(beat.missed for beat in told) == count * PARTITIONS
    (partition,) = {beat.partition for beat in told}
    doubtful = [
        fair
        for fair in pipeline.read(FAIR, FairPrice)
        if any(share.rejected == "unconfirmed" for share in fair.books)
    ]
    assert doubtful
    assert all(fair.as_of_ms >= quotes[lost_at].event_time_ms for fair in doubtful)
    assert {partition_of(fair.event_id, PARTITIONS) for fair in doubtful} == {partition}
    after = told[0].event_time_ms
    snapshot = [
        beat.event_time_ms
        for beat in pipeline.read(HEARTBEATS, Heartbeat)
        if beat.status == "snapshot_complete" and beat.event_time_ms > after
    ]
    assert snapshot
    last = {(f.event_id, f.market): f for f in pipeline.read(FAIR, FairPrice) if f.as_of_ms >= min(snapshot)}
    assert last
    assert not any(share.rejected == "unconfirmed" for fair in last.values() for share in fair.books)


def test_a_quote_that_comes_twice_and_a_new_run_of_the_feed_are_no_gaps():
    pipeline = Pipeline([Compile(["north"])])
    pipeline.open_market()

    def numbered(session, *numbers):
        for number in numbers:
            quote = Quote(
                event_id="match",
                market="1x2",
                book="numbered",
                feed="numbered",
                prices={"home": 2.0, "draw": 3.4, "away": 4.2},
                event_time_ms=START_MS + 20_000,
                quoted_at_ms=START_MS + 20_000,
                session=session,
                sequence=number,
            )
            pipeline.put(QUOTES, "match", quote, at_ms=START_MS + 20_000)
        pipeline.run()

    numbered(1, 1, 2, 2, 1, 3)
    numbered(2, 1, 2)
    numbered(1, 4)
    numbered(3, 7, 8)
    assert gaps(pipeline) == []
    for state in pipeline.replay.states():
        state.roll_back()
    numbered(2, 6)
    assert [beat.missed for beat in gaps(pipeline)] == [3] * PARTITIONS
