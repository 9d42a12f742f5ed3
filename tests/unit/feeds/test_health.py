import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from feeds.account import Account
from feeds.files import lines
from feeds.formats import read
from feeds.health import Cadence, FeedHealth, FeedWatch
from feeds.recordings.cut import BUNDLED
from schemas import Heartbeat, Quote

MINUTE_MS = 60_000


def quote(market="1x2", prices=None, feed="f"):
    prices = {"home": 2.0} if prices is None else prices
    return Quote(
        event_id="e", market=market, book="b", feed=feed, prices=prices, event_time_ms=0, quoted_at_ms=0
    )


def beat(status="alive", missed=0, feed="f"):
    return Heartbeat(feed=feed, status=status, missed=missed, event_time_ms=0)


def said(beats):
    return [(message.status, message.missed, message.silent_ms) for message in beats]


def test_a_feed_is_silent_once_when_nothing_has_come_for_as_long_as_agreed():
    watch = FeedWatch(Cadence(silent_after_ms=1000))
    watch.quote(quote(), 5000)
    assert watch.tick(5999) == []
    assert watch.tick(6000) == [Heartbeat(feed="f", status="silent", silent_ms=1000, event_time_ms=6000)]
    assert watch.tick(7000) == []


@pytest.mark.parametrize("looked", [True, False])
def test_the_first_sign_after_a_silence_is_a_recovery_whether_or_not_anyone_looked(looked):
    watch = FeedWatch(Cadence(silent_after_ms=1000))
    watch.heartbeat(beat(), 0)
    before = said(watch.tick(1000)) if looked else []
    after = said(watch.heartbeat(beat(), 4000))
    assert [status for status, _, _ in before + after] == ["silent", "recovered"]
    assert after[-1] == ("recovered", 0, 4000)
    assert watch.tick(4500) == []


def test_a_quote_is_a_sign_of_life_as_much_as_a_heartbeat():
    watch = FeedWatch(Cadence(silent_after_ms=1000))
    for at_ms in range(0, 10_000, 900):
        assert watch.quote(quote(), at_ms) == []
        assert watch.tick(at_ms) == []


def test_feeds_are_watched_apart_each_by_its_own_cadence():
    watch = FeedWatch(Cadence(silent_after_ms=1000), {"slow": Cadence(silent_after_ms=100_000)})
    watch.heartbeat(beat(feed="slow"), 0)
    watch.heartbeat(beat(feed="quick"), 0)
    assert [message.feed for message in watch.tick(50_000)] == ["quick"]
    assert [message.feed for message in watch.tick(100_000)] == ["slow"]


def test_a_hole_in_the_sequence_is_a_gap_with_what_is_missing():
    watch = FeedWatch()
    numbers = (7, 8, 12, 11, 13)
    assert [said(watch.heartbeat(beat(), number, sequence=number)) for number in numbers] == [
        [],
        [],
        [("alive", 3, 0)],
        [],
        [],
    ]


def test_a_snapshot_that_comes_too_late_tells_how_many_were_missed():
    watch = FeedWatch(Cadence(10 * MINUTE_MS, snapshot_every_ms=MINUTE_MS))
    minutes = (1, 2.2, 3.1, 6.0)
    assert [said(watch.heartbeat(beat("snapshot_complete"), round(at * MINUTE_MS))) for at in minutes] == [
        [],
        [],
        [],
        [("alive", 2, 0)],
    ]


def test_after_a_silence_the_snapshot_is_complete_when_all_that_stood_has_been_shown_again_or_withdrawn():
    watch = FeedWatch(Cadence(silent_after_ms=1000))
    for market in ("a", "b", "c"):
        watch.quote(quote(market), 0)
    watch.quote(quote("c", {}), 0)  # no longer stands
    watch.tick(1000)
    assert said(watch.quote(quote("a"), 2000)) == [("recovered", 0, 2000)]
    assert said(watch.quote(quote("d"), 2100)) == []
    assert said(watch.quote(quote("b", {}), 2200)) == [("snapshot_complete", 0, 0)]
    assert said(watch.quote(quote("b"), 2300)) == []


def test_a_feed_that_says_itself_that_its_snapshot_is_complete_is_believed():
    watch = FeedWatch()
    watch.quote(quote(), 0, sequence=1)
    assert said(watch.heartbeat(beat(), 10, sequence=5)) == [("alive", 3, 0)]
    assert watch.heartbeat(beat("snapshot_complete"), 20) == []
    assert watch.quote(quote(), 30) == []


def test_a_gap_that_the_feed_reports_itself_puts_all_in_doubt():
    watch = FeedWatch()
    watch.quote(quote(), 0)
    assert watch.heartbeat(beat(missed=2), 10) == []
    assert said(watch.quote(quote(), 20)) == [("snapshot_complete", 0, 0)]


def test_what_is_known_of_a_feed_can_be_kept_in_a_table():
    watch = FeedWatch()
    watch.quote(quote(), 5, sequence=3)
    codec = TypeAdapter(FeedHealth)
    assert codec.validate_json(codec.dump_json(watch.feeds["f"])) == watch.feeds["f"]


@given(st.lists(st.tuples(st.integers(0, 3000), st.booleans()), max_size=60))
def test_silences_and_recoveries_take_turns(steps):
    watch = FeedWatch(Cadence(silent_after_ms=1000))
    now, out = 0, []
    for after, heard in steps:
        now += after
        out += watch.heartbeat(beat(), now) if heard else watch.tick(now)
    statuses = [message.status for message in out]
    assert statuses == [("silent", "recovered")[number % 2] for number in range(len(statuses))]


def test_the_bundled_recording_has_no_gap_at_a_quarter_of_an_hour():
    watch = FeedWatch(Cadence(20 * MINUTE_MS, snapshot_every_ms=15 * MINUTE_MS))
    out = []
    for message in read("the-odds-api", lines(BUNDLED), Account()):
        if isinstance(message, Quote):
            out += watch.quote(message, message.event_time_ms)
        elif isinstance(message, Heartbeat):
            out += watch.heartbeat(message, message.event_time_ms)
    assert out == []
