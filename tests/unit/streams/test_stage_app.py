"""The Faust app of a stage, without a broker."""

import asyncio
from pathlib import Path

import pytest
from faust.types import TP

from streams.seam.app import StageApp
from streams.seam.config import SeamConfig
from streams.seam.home import Home
from streams.seam.reader import Arrival
from tests.unit.streams.seam_parts import CHANGELOG, WORDS, Broker, Words, chunk, tools


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
async def app(broker, tmp_path) -> StageApp:
    home = Home(tmp_path, "words")
    return StageApp(Words(), SeamConfig("127.0.0.1:1", state_dir=tmp_path), tools(broker), home)


async def test_a_chunk_that_faust_hands_to_the_agent_goes_to_its_partitions_lane(app, broker):
    await app.take_over({1})
    lane = app.lanes.by_partition[1]
    async with app.chunks.test_context() as agent:
        for number in range(3):
            await agent.put(chunk("a", "b", begin=2 * number))
        async with asyncio.timeout(10):
            while len(broker.words()) < 6:
                await asyncio.sleep(0)
            await lane.idle()
    assert broker.words()[-2:] == [b'{"word":"a","times":3}', b'{"word":"b","times":3}']
    assert sorted(app.state_table.shelves.items_of(1)) == [
        (b"times/a", b'{"times":3}'),
        (b"times/b", b'{"times":3}'),
    ]


async def test_a_chunk_of_a_partition_that_has_just_gone_is_left_alone(app, broker):
    async with app.chunks.test_context() as agent:
        await agent.put(chunk("a"))
    assert broker.words() == []


async def test_the_app_is_a_group_of_its_own_with_the_changelog_that_topics_apply_makes(app):
    assert app.conf.id == "overround-words"
    assert app.tables.changelog_topics == {CHANGELOG}
    config = app.consumer_config()
    assert config["group.id"] == "overround-words"
    assert "group.instance.id" not in config  # a static member stalls after kills


def test_two_workers_never_share_a_home_and_one_that_comes_back_finds_its_own(tmp_path: Path):
    first, second = Home(tmp_path, "words"), Home(tmp_path, "words")
    other_stage = Home(tmp_path, "letters")
    assert len({first.path, second.path, other_stage.path}) == 3
    assert first.path != second.path
    path = first.path
    first.close()
    again = Home(tmp_path, "words")
    assert again.path == path


class Running:
    """A fetcher that has not been stopped."""

    should_stop = False


async def test_what_is_read_before_the_flow_is_resumed_is_handed_over_after_it(app, monkeypatch):
    # Faust empties its queues when it resumes the flow: a chunk that is in one by then would be lost
    consumer, handed = app.chunk_consumer, []

    async def hand_over(message):
        handed.append(message.offset)

    draining = asyncio.ensure_future(consumer._drain_messages(Running()))
    await consumer.perform_seek()
    monkeypatch.setattr(consumer, "callback", hand_over)
    monkeypatch.setattr(consumer, "_sources", {WORDS.name})
    monkeypatch.setattr(consumer, "_mine", {TP(WORDS.name, 1)})
    consumer.arrived([Arrival((WORDS.name, 1), chunk("a", "b").records, 2)])
    for _ in range(5):
        await asyncio.sleep(0)
    assert handed == []
    app.flow_control.resume()
    consumer.resume_flow()
    async with asyncio.timeout(10):
        while not handed:
            await asyncio.sleep(0)
    draining.cancel()
    assert handed == [1]
