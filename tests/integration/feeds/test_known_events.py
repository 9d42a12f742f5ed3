"""Feeds find each other's events through the topics, and a person's decision reaches a feed that runs."""

import json
import threading
import time
import uuid

import pytest
from typer.testing import CliRunner

from feeds.resolving import Resolver
from feeds.routing import key_of, topic_of
from overround import known_events
from overround.commands.matches import app
from overround.settings import settings
from schemas import EventMatch, Fixture, Result
from streams import admin
from streams.producer import Producer
from streams.topics import FIXTURES, MATCHES

pytestmark = pytest.mark.integration

START_MS = 1_890_000_000_000


@pytest.fixture
def kafka(stack, monkeypatch):
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    admin.apply([MATCHES, FIXTURES], stack.kafka, there.get(FIXTURES.name, 4))
    monkeypatch.setenv("OVERROUND_KAFKA", stack.kafka)
    settings.cache_clear()
    yield stack.kafka
    settings.cache_clear()


def fixture(event_id, home, away):
    return Fixture(
        event_id=event_id,
        sport="soccer",
        competition="Cup",
        home=home,
        away=away,
        starts_at_ms=START_MS,
        event_time_ms=START_MS - 1_000,
    )


def start(kafka, feed, *fixtures):
    """A feed that reads what is known, publishes its fixtures, and ends."""
    resolver = Resolver(feed)
    resolver.know(*known_events.read(kafka))
    out = list(resolver.resolve(fixtures))
    with Producer(kafka) as producer:
        for message in out:
            producer.send(topic_of(message), key_of(message), message, message.event_time_ms)
        producer.flush()
    return {message.feed_id: message for message in out if isinstance(message, EventMatch)}


def test_a_second_feed_finds_the_first_ones_events_and_a_person_decides_what_is_uncertain(kafka):
    run = uuid.uuid4().hex[:8]
    town, first, second = f"Q{run}", f"first-{run}", f"second-{run}"
    start(kafka, first, fixture(f"a-{run}", f"{town} Rovers", f"{town} Albion"))
    found = start(kafka, second, fixture(f"b-{run}", f"{town} Rovers", f"{town} Albion"))
    assert (found[f"b-{run}"].kind, found[f"b-{run}"].event_id) == ("same", f"a-{run}")

    third = f"third-{run}"
    unsure = fixture(f"c-{run}", f"{town} Rovers", "Hartlepool")
    found = start(kafka, third, unsure)
    assert found[f"c-{run}"].kind == "review"
    shown = json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)
    assert [row["event"] for row in shown if row["feed"] == third] == [f"a-{run}"]

    assert CliRunner().invoke(app, ["accept", third, f"c-{run}", "--by", "ann"]).exit_code == 0
    matches, _ = known_events.read(kafka)
    decided = [match for match in matches if match.feed == third][-1]
    assert (decided.kind, decided.event_id, decided.decided_by) == ("same", f"a-{run}", "ann")
    assert start(kafka, third, unsure) == {}
    assert CliRunner().invoke(app, ["refuse", third, f"c-{run}"]).exit_code == 1


def test_a_decision_reaches_a_feed_while_it_runs(kafka):
    run = uuid.uuid4().hex[:8]
    town, first, third = f"Q{run}", f"first-{run}", f"third-{run}"
    start(kafka, first, fixture(f"a-{run}", f"{town} Wanderers", f"{town} Athletic"))
    unsure = fixture(f"c-{run}", f"{town} Wanderers", "Grimsby")
    with known_events.decided(kafka) as decided:
        assert start(kafka, third, unsure)[f"c-{run}"].kind == "review"
        assert decided() == []
        assert CliRunner().invoke(app, ["accept", third, f"c-{run}", "--by", "ann"]).exit_code == 0
        found = []
        end = time.monotonic() + 30
        while not found and time.monotonic() < end:
            found = decided()
            threading.Event().wait(0.02)
    assert [(one.feed, one.kind, one.event_id) for one in found] == [(third, "same", f"a-{run}")]
    resolver = Resolver(third)
    matches, fixtures = known_events.read(kafka)
    resolver.know([one for one in matches if one.decided_by is None], fixtures)
    list(resolver.resolve([unsure]))
    list(resolver.decide(found[0]))
    result = Result(event_id=f"c-{run}", status="void", event_time_ms=START_MS)
    assert [one.event_id for one in resolver.resolve([result])] == [f"c-{run}", f"a-{run}"]
