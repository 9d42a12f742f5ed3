"""Every alert of arbitrage on a real recording stands before an independent checker of the raw quotes."""

from importlib.resources import files
from itertools import islice

import pytest

from agents.surveil import Surveil
from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from schemas import Fixture, Quote
from streams.partitions import partition_of
from streams.records import EVENT_TIME, PlainRecord
from streams.replay import Replay
from streams.topics import ALERTS, FIXTURES, QUOTES
from tests.unit.agents.slow_checker import loaded, why_false

MESSAGES = 9_000


@pytest.fixture(scope="module")
def played() -> Replay:
    replay = Replay([Surveil([])], partitions=1)
    path = files("feeds.recordings") / "worldcup_2026.jsonl.xz"
    messages = islice(recorded("the-odds-api", lines(path), Account()), MESSAGES)
    records = []
    for n, message in enumerate(messages):
        topic = {Quote: QUOTES, Fixture: FIXTURES}.get(type(message))
        if topic is None:
            continue
        headers = ((EVENT_TIME, str(message.event_time_ms).encode()),)
        place = partition_of(message.event_id, 1)
        value = message.model_dump_json().encode()
        at_ms = message.event_time_ms
        records.append(PlainRecord(topic.name, place, n, at_ms, message.event_id.encode(), value, headers))
    replay.run(records)
    return replay


def test_no_alert_on_a_recording_is_false(played):
    quotes = loaded([record.value for record in played.topic(QUOTES.name)])
    told = loaded([record.value for record in played.topic(ALERTS.name)])
    opened = [alert for alert in told if alert["kind"] == "arbitrage"]
    assert len(opened) > 5
    assert [why for alert in opened if (why := why_false(alert, quotes))] == []


def test_every_opportunity_that_ended_has_opened_before(played):
    told = loaded([record.value for record in played.topic(ALERTS.name)])
    opened = {alert["alert_id"]: alert for alert in told if alert["kind"] == "arbitrage"}
    ended = [alert for alert in told if alert["kind"] == "arbitrage_ended"]
    assert ended
    for alert in ended:
        before = opened[alert["alert_id"].removesuffix(":ended")]
        assert before["opened_at_ms"] == alert["opened_at_ms"] <= alert["ended_at_ms"]
        assert alert["figures"]["lifetime_s"] <= 3_600
