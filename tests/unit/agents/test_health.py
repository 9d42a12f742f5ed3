"""Stage health: silence, recovery and gaps of feeds are messages, and prices follow them."""

from functools import lru_cache

import pytest

from agents.compile import Compile
from agents.health import Health
from agents.surveil import Surveil
from domain.liveness import LivenessConfig
from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from feeds.recordings.cut import BUNDLED
from feeds.routing import key_of, topic_of
from schemas import Alert, FairPrice, Fixture, Heartbeat
from streams.topics import ALERTS, FAIR, HEARTBEATS
from tests.unit.agents.pipeline import PARTITIONS, START_MS, Pipeline

MINUTE_MS = 60_000


def beat(pipeline, feed, at_ms, **said):
    message = Heartbeat(feed=feed, event_time_ms=at_ms, **said)
    pipeline.put(HEARTBEATS, feed, message, at_ms=at_ms)


def statuses(pipeline, feed, of=("silent", "recovered")):
    found = [message for message in pipeline.read(HEARTBEATS, Heartbeat) if message.feed == feed]
    told = [(message.status, message.event_time_ms - START_MS) for message in found if message.status in of]
    assert all(told.count(one) == PARTITIONS for one in told)
    return list(dict.fromkeys(told))


def test_a_silent_feed_and_its_return_are_told_to_every_partition_once():
    pipeline = Pipeline([Health()])
    for at_ms in range(0, 400_000, 10_000):
        beat(pipeline, "other", START_MS + at_ms)
        if not 100_000 <= at_ms < 300_000:
            beat(pipeline, "feed", START_MS + at_ms)
    pipeline.run()
    assert statuses(pipeline, "feed") == [("silent", 150_000), ("recovered", 300_000)]
    assert statuses(pipeline, "other") == []


def test_a_silence_that_nobody_saw_is_told_when_it_ends():
    pipeline = Pipeline([Health()])
    beat(pipeline, "feed", START_MS)
    beat(pipeline, "feed", START_MS + 70_000)
    pipeline.run()
    assert statuses(pipeline, "feed") == [("silent", 70_000), ("recovered", 70_000)]


def test_a_feed_that_promises_a_sign_every_hour_is_not_silent_after_a_minute():
    pipeline = Pipeline([Health()])
    beat(pipeline, "slow", START_MS, interval_ms=60 * MINUTE_MS)
    for minute in range(0, 200, 10):
        beat(pipeline, "other", START_MS + minute * MINUTE_MS, interval_ms=10 * MINUTE_MS)
    pipeline.run()
    assert statuses(pipeline, "slow") == [("silent", 150 * MINUTE_MS)]


def test_patience_with_one_feed_can_be_set():
    pipeline = Pipeline([Health(LivenessConfig(by_feed={"feed": 15.0}))])
    beat(pipeline, "feed", START_MS)
    for second in range(20):
        beat(pipeline, "other", START_MS + 1000 * second)
    pipeline.run()
    assert statuses(pipeline, "feed") == [("silent", 15_000)]


def test_a_silence_survives_a_restart():
    pipeline = Pipeline([Health()])
    beat(pipeline, "feed", START_MS)
    beat(pipeline, "other", START_MS + 90_000)
    pipeline.run()
    for state in pipeline.replay.states():
        state.roll_back()
    beat(pipeline, "other", START_MS + 120_000)
    beat(pipeline, "feed", START_MS + 130_000)
    pipeline.run()
    assert statuses(pipeline, "feed") == [("silent", 90_000), ("recovered", 130_000)]


def test_after_a_gap_a_book_counts_again_once_it_is_shown_again():
    pipeline = Pipeline([Compile(["north"])])
    pipeline.open_market()
    beat(pipeline, "test", START_MS + 20_000, missed=3)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "few_books"
    assert {s.rejected for s in pipeline.read(FAIR, FairPrice)[-1].books} == {"unconfirmed"}
    for n in range(3):
        pipeline.quote(f"book{n}", {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=START_MS + 30_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None


def test_a_completed_snapshot_confirms_all_that_stands():
    pipeline = Pipeline([Compile(["north"])])
    pipeline.open_market()
    beat(pipeline, "test", START_MS + 20_000, missed=3)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "few_books"
    beat(pipeline, "test", START_MS + 30_000, status="snapshot_complete")
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None


SECOND = {"fanduel", "betmgm", "betrivers", "bovada"}
"""Books that come through a second feed."""


@lru_cache(maxsize=1)
def recording():
    """The result market of one match in fifty minutes of the recording, its books split over two feeds."""
    found, fixtures, event_id, first_ms = [], {}, None, None
    for message in recorded("the-odds-api", lines(BUNDLED), Account()):
        first_ms = first_ms or message.event_time_ms
        if message.event_time_ms > first_ms + 50 * MINUTE_MS:
            break
        if isinstance(message, Heartbeat):
            found += [message, message.model_copy(update={"feed": "second"})]
        elif isinstance(message, Fixture):
            fixtures[message.event_id] = message
        elif message.market == "1x2" and event_id in {None, message.event_id}:
            event_id = message.event_id
            second = message.book in SECOND
            found.append(message.model_copy(update={"feed": "second"}) if second else message)
    assert event_id is not None
    return (fixtures[event_id], *found), first_ms


def played(silent=(), at_ms=(20 * MINUTE_MS, 30 * MINUTE_MS)):
    """The recording as it went, with feeds that give nothing for a while."""
    messages, first_ms = recording()
    start, end = (first_ms + ms for ms in at_ms)
    pipeline = Pipeline([Health(), Compile(["north"]), Surveil(["north"])])
    pipeline.operator(at_ms=first_ms - MINUTE_MS)
    for minute in range(-1, 50):
        beat(pipeline, "platform", first_ms + minute * MINUTE_MS, interval_ms=MINUTE_MS)
    for message in messages:
        feed = getattr(message, "feed", None)
        if not (feed in silent and start <= message.event_time_ms < end):
            at_ms = message.event_time_ms
            pipeline.put(topic_of(message), key_of(message), message, at_ms=at_ms, wall_ms=at_ms)
    pipeline.run()
    return pipeline, start, end


def test_the_recording_without_a_silence_stays_open():
    pipeline, start, _ = played()
    assert {offer.suspended for offer in pipeline.offers() if offer.event_time_ms >= start} <= {None}
    assert all(alert.kind != "feed_silent" for alert in pipeline.read(ALERTS, Alert))


def test_when_all_feeds_fall_silent_the_market_is_suspended_in_time_and_comes_back_by_itself():
    pipeline, start, end = played({"the-odds-api", "second"})
    offers = pipeline.offers()
    suspended = [offer for offer in offers if offer.suspended == "few_books" and offer.event_time_ms >= start]
    patience_ms = 75_000  # 2.5 times the half minute between heartbeats that the feed promises
    assert start < suspended[0].event_time_ms <= start + patience_ms + MINUTE_MS
    assert offers[-1].suspended is None
    back = next(o for o in offers if o.suspended is None and o.event_time_ms > suspended[0].event_time_ms)
    assert back.event_time_ms >= end
    silent = {alert.subject for alert in pipeline.read(ALERTS, Alert) if alert.kind == "feed_silent"}
    assert silent == {"the-odds-api", "second"}


def test_one_silent_feed_costs_its_books_only():
    pipeline, start, end = played({"second"})
    assert {offer.suspended for offer in pipeline.offers() if offer.event_time_ms >= start} <= {None}
    fair = [f for f in pipeline.read(FAIR, FairPrice) if start < f.as_of_ms < end]
    books = {share.book: share.rejected for share in fair[-1].books}
    assert {books[book] for book in SECOND & books.keys()} == {"silent"}
    assert "silent" not in {reason for book, reason in books.items() if book not in SECOND}


@pytest.mark.parametrize("silent", [(), ("the-odds-api", "second")])
def test_prices_made_while_feeds_are_silent_recompute_from_what_they_say(silent):
    from overround.audit import Archive

    pipeline, _, _ = played(silent)
    archive = Archive(["north"])
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    audit = archive.audit()
    assert audit.differing == 0, audit.differences
    assert audit.agreed["fair"] > 5
    assert audit.agreed["offered"] > 5
