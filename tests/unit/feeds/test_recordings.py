from collections import Counter

from feeds import formats
from feeds.account import Account
from feeds.files import lines
from feeds.prices import millis
from feeds.recordings.cut import BUNDLED, cut
from schemas import Fixture, Quote

HOUR_MS = 3_600_000


def test_a_cut_keeps_lines_as_they_are_from_the_first_instant_up_to_the_second():
    recording = [b'{"snapshot_utc": "2026-06-23T15:%02d:00Z", "events": []}' % minute for minute in range(4)]
    start, end = millis("2026-06-23T15:01:00Z"), millis("2026-06-23T15:03:00Z")
    assert list(cut(recording, start, end)) == recording[1:3]


def test_every_row_of_the_bundled_slice_ends_as_a_message_or_a_counted_rejection():
    account = Account()
    messages = list(formats.read("the-odds-api", lines(BUNDLED), account))
    assert account.rows == 60_781
    assert account.rejected == Counter(missing_outcome=1, unchanged=13)
    assert account.balanced
    assert account.messages == Counter(
        {"odds.quotes.v1": 61_288, "feeds.heartbeats.v1": 144, "events.fixtures.v1": 36}
    )
    times = [message.event_time_ms for message in messages]
    assert times == sorted(times)


def test_matches_kick_off_inside_the_bundled_slice_and_are_known_before_they_are_quoted():
    known = {}
    messages = list(formats.read("the-odds-api", lines(BUNDLED), Account()))
    for message in messages:
        if isinstance(message, Fixture):
            known[message.event_id] = message
        elif isinstance(message, Quote):
            assert message.event_id in known
    first, last = messages[0].event_time_ms, messages[-1].event_time_ms
    assert last - first > 35 * HOUR_MS
    assert sum(first < fixture.starts_at_ms < last for fixture in known.values()) == 10
    assert BUNDLED.stat().st_size < 500_000
