"""A chunk happens as a whole or not at all, wherever the worker dies."""

import asyncio

import pytest

from streams.records import Chunk
from streams.seam.changelog import Changelog, ContestedError
from streams.seam.handlers import SinkHandler, StatelessStage, WriteAheadStage
from streams.seam.outcome import OWNER, WAL, decode
from streams.seam.shelf import MemoryShelf
from streams.stage import Outbox, Sink, Unavailable
from tests.unit.streams.seam_parts import CHANGELOG, NOW_US, SEEN, WORDS, Broker, Words, chunk, tools


class Died(BaseException):
    """The worker is dead."""


class Partition:
    """One partition of the stage ``words``, with a worker that can die and come back."""

    def __init__(self, broker: Broker | None = None) -> None:
        self.broker = broker or Broker()
        self.steps: list[str] = []
        self.die_at = ""
        self.shelf = MemoryShelf()

    def step(self, name: str) -> None:
        self.steps.append(name)
        if name == self.die_at:
            raise Died

    async def start(self, stage: Words | None = None) -> WriteAheadStage:
        """Come back with nothing but what the changelog says."""
        self.shelf, changelog = MemoryShelf(), Changelog()
        changelog.read(self.broker.logs[CHANGELOG, 1], self.shelf)
        broker = tools(self.broker, self.step)
        handler = WriteAheadStage(stage or Words(), self.shelf, changelog, CHANGELOG, 1, broker)
        await handler.take_over()
        return handler

    def table(self) -> dict[bytes, bytes]:
        return dict(self.shelf.scan(b""))


@pytest.fixture
def partition() -> Partition:
    return Partition()


async def test_the_outcome_is_acknowledged_before_any_output_is_sent(partition):
    handler = await partition.start()
    partition.broker.batches.clear()
    await handler.handle([chunk("a", "b")])
    [ahead], rest = partition.broker.batches
    assert ahead[2] == WAL
    outcome = decode(ahead[3])
    assert outcome.applied == {WORDS.name: 1}
    assert outcome.frames == [frame for frame in rest if frame[0] == SEEN.name]
    assert [frame[2] for frame in rest] == [b"times/a", b"times/b", b"a", b"b"]
    assert partition.steps == ["processed", "written_ahead", "sent"]


@pytest.mark.parametrize("step", ["processed", "written_ahead", "sent"])
async def test_after_a_death_at_any_step_the_chunk_has_happened_once(partition, step):
    handler = await partition.start()
    await handler.handle([chunk("a")])
    partition.die_at = step
    with pytest.raises(Died):
        await handler.handle([chunk("a", "b", begin=1)])
    partition.die_at = ""
    again = await partition.start()
    await again.handle([chunk("a", "b", "c", begin=1)])  # what was not committed comes again
    assert partition.table() == {
        b"times/a": b'{"times":2}',
        b"times/b": b'{"times":1}',
        b"times/c": b'{"times":1}',
    }
    assert set(partition.broker.words()) == {
        b'{"word":"a","times":1}',
        b'{"word":"a","times":2}',
        b'{"word":"b","times":1}',
        b'{"word":"c","times":1}',
    }
    fresh = Partition(partition.broker)
    await fresh.start()
    assert fresh.table() == partition.table()


async def test_a_death_between_outputs_sends_the_same_bytes_again(partition):
    handler = await partition.start()
    partition.die_at = "written_ahead"
    with pytest.raises(Died):
        await handler.handle([chunk("a")])
    partition.die_at = ""
    [ahead] = [r for r in partition.broker.logs[CHANGELOG, 1] if r.key == WAL]
    await partition.start()
    [sent] = [batch for batch in partition.broker.batches if any(frame[0] == SEEN.name for frame in batch)]
    assert [frame for frame in sent if frame[0] == SEEN.name] == decode(ahead.value).frames


async def test_a_worker_that_comes_back_after_all_was_sent_sends_it_no_third_time(partition):
    handler = await partition.start()
    await handler.handle([chunk("a")])
    await partition.start()
    await partition.start()
    assert len(partition.broker.words()) == 2


async def test_a_partition_that_was_settled_sends_nothing_again(partition):
    handler = await partition.start()
    await handler.handle([chunk("a")])
    await handler.settle()
    again = await partition.start()
    assert len(partition.broker.words()) == 1
    assert again.applied == {WORDS.name: 0}


async def test_dead_letters_are_part_of_the_outcome(partition):
    handler = await partition.start()
    await handler.handle([chunk("{no", "bad", "a")])
    [ahead] = [r for r in partition.broker.logs[CHANGELOG, 1] if r.key == WAL]
    reasons = [dict(f[5])["reason"].split(b":")[0] for f in decode(ahead.value).frames if f[0] == WORDS.dlq]
    assert reasons == [b"not_json", b"stage_error"]
    assert len(partition.broker.logs[WORDS.dlq, 1]) == 2


async def test_an_outcome_too_large_for_one_record_is_split(partition):
    handler = await partition.start()
    await handler.handle([chunk(*["big" * 5] * 6)])
    wals = [decode(r.value) for r in partition.broker.logs[CHANGELOG, 1] if r.key == WAL]
    assert len(wals) > 1
    assert wals[-1].applied == {WORDS.name: 5}
    assert partition.table() == {b"times/" + b"big" * 5: b'{"times":6}'}
    assert len(partition.broker.words()) == 6


async def test_a_worker_behind_another_ones_fence_stops_before_it_sends_anything(partition):
    old = await partition.start()
    await old.handle([chunk("a")])
    other = Partition(partition.broker)
    new = await other.start()
    sent = len(partition.broker.words())
    with pytest.raises(ContestedError):
        await old.handle([chunk("b", begin=1)])
    assert len(partition.broker.words()) == sent
    await new.handle([chunk("b", begin=1)])
    third = Partition(partition.broker)
    await third.start()
    assert third.table() == other.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


async def test_what_a_dead_worker_writes_late_is_put_right_by_the_living_one(partition):
    await partition.start()
    other = Partition(partition.broker)
    new = await other.start()
    await new.handle([chunk("a")])
    place = (CHANGELOG, 1)
    partition.broker.put((*place, b"times/a", b'{"times":99}', 0, [(OWNER, b"dead")]))
    await new.handle([chunk("b", begin=1)])
    last = [r for r in partition.broker.logs[place] if r.key == b"times/a"][-1]
    assert last.value == b'{"times":1}'


async def test_what_was_written_between_recovery_and_fence_counts(partition):
    old = await partition.start()
    await old.handle([chunk("a")])
    late = Partition(partition.broker)
    shelf, changelog = MemoryShelf(), Changelog()
    changelog.read(partition.broker.logs[CHANGELOG, 1], shelf)
    await old.handle([chunk("b", begin=1)])
    late.shelf = shelf
    handler = WriteAheadStage(Words(), shelf, changelog, CHANGELOG, 1, tools(partition.broker))
    await handler.take_over()
    assert handler.applied == {WORDS.name: 1}
    assert late.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


class LooseWords(Words):
    """Words that may be counted in part."""

    loose = frozenset({"times", SEEN.name})


async def test_what_may_happen_in_part_is_written_at_once(partition):
    handler = await partition.start(LooseWords())
    partition.broker.batches.clear()
    await handler.handle([chunk("a", "b")])
    [batch] = partition.broker.batches
    assert [frame[2] for frame in batch] == [WAL, b"times/a", b"times/b", b"a", b"b"]
    assert decode(batch[0][3]).frames == []
    again = Partition(partition.broker)
    await again.start(LooseWords())
    assert again.table() == partition.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


async def test_what_was_written_ahead_before_does_not_come_back_over_what_was_written_at_once(partition):
    handler = await partition.start()
    await handler.handle([chunk("a")])
    handler = await partition.start(LooseWords())
    await handler.handle([chunk("a", begin=1)])
    again = Partition(partition.broker)
    await again.start()
    assert again.table() == {b"times/a": b'{"times":2}'}


async def test_turns_written_ahead_stay_applied_after_turns_written_at_once(partition):
    handler = await partition.start()
    await handler.handle([chunk("a")])
    handler = await partition.start(LooseWords())
    await handler.handle([chunk("b", begin=1)])
    again = await partition.start()
    await again.handle([chunk("a", begin=0)])
    assert partition.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


async def test_a_stateless_stage_only_sends():
    broker = Broker()
    await StatelessStage(Words(), tools(broker)).handle([chunk("a")])
    assert {place[0] for place in broker.logs} == {SEEN.name}


class Shop(Sink):
    """Takes words; closed a number of times first, and never takes ``bad``."""

    name = "shop"

    def __init__(self, closed: int = 0) -> None:
        self.closed = closed
        self.taken: list[bytes | None] = []

    def inputs(self):
        return (WORDS.name,)

    async def process(self, chunk: Chunk, out: Outbox) -> None:
        if self.closed:
            self.closed -= 1
            raise Unavailable("closed")
        if any(record.key == b"bad" for record in chunk.records):
            raise ValueError("bad")
        self.taken += [record.key for record in chunk.records]


async def test_a_sink_is_tried_again_until_its_service_answers(monkeypatch):
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    shop = Shop(closed=9)
    await SinkHandler(shop, tools(Broker())).handle([chunk("a")])
    assert shop.taken == [b"a"]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


async def test_a_sink_carries_all_but_the_record_on_which_it_fails():
    broker, shop = Broker(), Shop()
    await SinkHandler(shop, tools(broker)).handle([chunk("a", "bad", "b")])
    assert shop.taken == [b"a", b"b"]
    [letter] = broker.logs[WORDS.dlq, 1]
    assert dict(letter.headers)["reason"] == b"stage_error: ValueError: bad"


async def test_the_time_from_a_chains_origin_to_its_acknowledgement_is_measured(monkeypatch):
    from streams.seam import handlers

    seen: list[float] = []

    class Clock:
        def observe(self, seconds: float) -> None:
            seen.append(seconds)

    monkeypatch.setattr(handlers, "latency_of", lambda topic: "feed_to_price" if topic == SEEN.name else None)
    monkeypatch.setitem(handlers.metrics.LATENCY, "feed_to_price", Clock())
    await StatelessStage(Words(), tools(Broker())).handle([chunk("a")])
    assert seen == [pytest.approx(0.005)]
    assert NOW_US > 0
