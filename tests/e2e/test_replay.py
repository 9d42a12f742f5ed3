"""The stages over the bundled recording, in one process: the same bytes, and each figure explains itself."""

import pytest

from overround.audit import Archive
from overround.demo.operators import NAMES
from overround.demo.start import recording
from streams.replay import Replay
from streams.topics import DECISIONS, MARKS
from tests.e2e.replaying import replay_of, replayed


@pytest.fixture(scope="module")
def first() -> Replay:
    return replayed(recording(None), bet_every=5)


def contents(replay: Replay) -> dict[str, list[tuple[bytes | None, bytes | None]]]:
    topics = sorted({topic for topic, _ in replay.logs})
    return {topic: [(record.key, record.value) for record in replay.topic(topic)] for topic in topics}


@pytest.mark.timeout(400)
def test_the_same_recording_gives_the_same_bytes_on_every_topic(first):
    inputs = [record for (topic, _), log in first.logs.items() if topic in first.inputs for record in log]
    again = replay_of(inputs)
    assert contents(again) == contents(first)
    assert len(first.topic(DECISIONS.name)) > 1_000
    assert len(first.topic(MARKS.name)) > 1_000


@pytest.mark.timeout(200)
def test_every_price_and_decision_recomputes_to_itself_from_what_it_stood_on(first):
    archive = Archive(NAMES)
    for topic in archive.topics:
        archive.take(first.topic(topic))
    audit = archive.audit()
    assert audit.differences == []
    assert audit.gone.total() == 0
    assert set(audit.agreed) == {"fair", "offered", "decision", "grant", "combined"}
    assert audit.agreed["combined"] > 20
    assert audit.agreed["decision"] + audit.agreed["combined"] == len(archive.decisions) > 1_000
