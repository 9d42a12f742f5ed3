import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.pacing import AtOnce, AtRate, AtSpeed
from feeds.player import Progress, play
from schemas import Fixture, Heartbeat, Quote, Result


class Kept:
    """Keeps what it is sent, with the instant; sending takes ``cost`` seconds."""

    def __init__(self, clock, cost=0.0):
        self.clock, self.cost = clock, cost
        self.sent, self.broadcasts, self.flushes = [], [], 0

    def send(self, topic, key, message, event_time_ms):
        self.sent.append((self.clock.time, topic.name, key, message))
        self.clock.time += self.cost

    def broadcast(self, topic, key, message, event_time_ms):
        self.broadcasts.append((self.clock.time, topic.name, key, message))

    def flush(self):
        self.flushes += 1


class Clock:
    def __init__(self):
        self.time = 100.0
        self.waits = 0

    def now(self):
        return self.time

    def wait(self, seconds, stop):
        self.waits += 1
        self.time += seconds


def at(event_time_ms: int) -> Result:
    return Result(event_id="e", status="live", event_time_ms=event_time_ms)


def played(messages, pace, cost=0.0, **options):
    clock = Clock()
    kept = Kept(clock, cost)
    done = play(messages, kept, pace, clock=clock, **options)
    return kept, clock, done


def test_each_kind_of_message_goes_to_its_topic_under_its_key():
    fixture = Fixture(
        event_id="e1", sport="s", competition="c", home="h", away="a", starts_at_ms=9, event_time_ms=1
    )
    quote = Quote(event_id="e2", market="1x2", book="b", feed="f", prices={}, event_time_ms=2, quoted_at_ms=2)
    beat = Heartbeat(feed="f", event_time_ms=3)
    kept, _, done = played([fixture, quote, at(3), beat], AtOnce())
    assert [sent[1:3] for sent in kept.sent] == [
        ("events.fixtures.v1", "e1"),
        ("odds.quotes.v1", "e2"),
        ("events.results.v1", "e"),
    ]
    assert [sent[1:] for sent in kept.broadcasts] == [("feeds.heartbeats.v1", "f", beat)]
    assert done == Progress(sent=3, event_time_ms=3, elapsed_s=0.0, behind_s=0.0)
    assert kept.flushes == 1


def test_at_speed_ten_a_minute_of_event_time_takes_six_seconds():
    kept, clock, _ = played([at(1_000), at(31_000), at(61_000)], AtSpeed(10))
    assert [sent[0] for sent in kept.sent] == pytest.approx([100, 103, 106])
    assert clock.waits == 2


def test_at_a_rate_event_time_does_not_matter_and_heartbeats_do_not_count():
    beats = [Heartbeat(feed="f", event_time_ms=5)] * 3
    kept, _, _ = played([at(0), *beats, at(10**9), at(10**9)], AtRate(4))
    assert [sent[0] for sent in kept.sent] == pytest.approx([100, 100.25, 100.5])


def test_a_slow_stretch_is_caught_up_with_and_not_carried_on():
    kept, _, done = played([at(0)] * 100, AtRate(1000), cost=0.0005)
    assert kept.sent[-1][0] == pytest.approx(100.099, abs=0.003)
    assert done.behind_s < 0.003


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=30).map(sorted), st.floats(0.5, 100))
def test_no_message_is_sent_before_it_is_due(times, speed):
    kept, _, _ = played(map(at, times), AtSpeed(speed), cost=0.01)
    for sent in kept.sent:
        assert sent[0] >= 100 + (sent[3].event_time_ms - times[0]) / 1000 / speed - 1e-9


def test_at_once_never_waits():
    _, clock, done = played(map(at, range(0, 10**9, 10**6)), AtOnce())
    assert clock.waits == 0
    assert done.sent == 1000


def test_a_stop_ends_a_play_that_waits_for_its_next_message_at_once():
    stop, waiting = threading.Event(), threading.Event()
    kept = Kept(Clock())
    result = []

    def messages():
        yield at(0)
        waiting.set()
        yield at(86_400_000)

    thread = threading.Thread(target=lambda: result.append(play(messages(), kept, AtSpeed(1), stop=stop)))
    thread.start()
    assert waiting.wait(10)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert (result[0].sent, result[0].stopped) == (1, True)
    assert kept.flushes == 0  # a broker that does not answer cannot hold up the end


def test_progress_is_told_about_ten_times_a_second_and_at_the_end():
    told = []
    played([at(0)] * 1001, AtRate(1000), on_progress=told.append)
    assert 8 <= len(told) <= 12
    assert told[-1].sent == 1001


def test_no_more_than_a_bounded_number_of_messages_is_unacknowledged():
    kept, _, _ = played([at(0)] * 50_000, AtOnce())
    assert kept.flushes == 3


def test_nothing_to_play_is_played():
    _, _, done = played([], AtOnce())
    assert done == Progress()
