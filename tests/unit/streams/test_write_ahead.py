"""A chunk happens as a whole or not at all, wherever the worker dies."""

import asyncio
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.records import Chunk
from streams.seam.changelog import Changelog, ContestedError
from streams.seam.outcome import OWNER, WAL, decode
from streams.seam.shelf import MemoryShelf
from streams.seam.write_ahead import WriteAheadStage
from streams.stage import Outbox, decoded
from streams.state import Kind, State
from tests.unit.streams.seam_parts import (
    CHANGELOG,
    SEEN,
    TIMES,
    WORDS,
    Broker,
    Seen,
    Times,
    Word,
    Words,
    chunk,
    tools,
)

LOOSE_TIMES = Kind("loose", Times)


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


async def handled(handler: WriteAheadStage, turn: list[Chunk]) -> None:
    """Handle a turn and wait until all of it is acknowledged."""
    on_its_way = await handler.handle(turn)
    if on_its_way is not None:
        await on_its_way


class MortalBroker(Broker):
    """Takes so many records, and then the worker dies, in the middle of a batch or not."""

    lives_for: int | None = None

    async def write(self, frames):
        await asyncio.sleep(0)
        ends = {}
        for frame in frames:
            if self.lives_for is not None:
                if self.lives_for == 0:
                    raise Died
                self.lives_for -= 1
            ends[frame[:2]] = self.put(frame)
        await asyncio.sleep(0)
        return ends


async def until(holds) -> None:
    """Let others run until it holds."""
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0)


@pytest.fixture
def partition() -> Partition:
    return Partition()


async def test_the_outcome_is_acknowledged_before_any_output_is_sent(partition):
    handler = await partition.start()
    partition.broker.batches.clear()
    await handled(handler, [chunk("a", "b")])
    [ahead], outputs = partition.broker.batches
    assert ahead[2] == WAL
    outcome = decode(ahead[3])
    assert outcome.applied == {WORDS.name: 1}
    assert outcome.frames == outputs
    assert [frame[2] for frame in outputs] == [b"a", b"b"]
    assert partition.steps == ["processed", "written_ahead", "sent"]


async def test_what_a_turn_changed_is_written_with_the_next_write_ahead_record(partition):
    handler = await partition.start()
    await handled(handler, [chunk("a", "b")])
    partition.broker.batches.clear()
    await handled(handler, [chunk("c", begin=2)])
    [ahead, _] = partition.broker.batches
    assert [frame[2] for frame in ahead] == [b"times/a", b"times/b", WAL]
    await handler.settle()
    assert [frame[2] for frame in partition.broker.batches[-1]] == [b"times/c", WAL]


async def test_a_turn_is_processed_while_outputs_are_on_their_way_and_written_ahead_when_they_are_there():
    class SlowBroker(Broker):
        """Acknowledges outputs when it is told to."""

        arrived = asyncio.Event()

        async def write(self, frames):
            if all(frame[0] == SEEN.name for frame in frames):
                await self.arrived.wait()
            return await super().write(frames)

    partition = Partition(SlowBroker())
    handler = await partition.start()
    first = await handler.handle([chunk("a")])
    second = asyncio.create_task(handler.handle([chunk("a", begin=1)]))
    await until(lambda: partition.steps.count("processed") == 2)
    assert partition.steps == ["processed", "written_ahead", "processed"]
    assert not first.done()
    SlowBroker.arrived.set()
    await (await second)
    assert partition.steps[3:] == ["sent", "written_ahead", "sent"]
    assert partition.table() == {b"times/a": b'{"times":2}'}


@pytest.mark.parametrize("step", ["processed", "written_ahead", "sent"])
async def test_after_a_death_at_any_step_the_chunk_has_happened_once(partition, step):
    handler = await partition.start()
    await handled(handler, [chunk("a")])
    partition.die_at = step
    with pytest.raises(Died):
        await handled(handler, [chunk("a", "b", begin=1)])
    partition.die_at = ""
    again = await partition.start()
    await handled(again, [chunk("a", "b", "c", begin=1)])  # what was not committed comes again
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
        await handled(handler, [chunk("a")])
    partition.die_at = ""
    [ahead] = [r for r in partition.broker.logs[CHANGELOG, 1] if r.key == WAL]
    await partition.start()
    [sent] = [batch for batch in partition.broker.batches if any(frame[0] == SEEN.name for frame in batch)]
    assert [frame for frame in sent if frame[0] == SEEN.name] == decode(ahead.value).frames


async def test_a_worker_that_comes_back_after_all_was_sent_sends_it_no_third_time(partition):
    handler = await partition.start()
    await handled(handler, [chunk("a")])
    await partition.start()
    await partition.start()
    assert len(partition.broker.words()) == 2


async def test_a_partition_that_was_settled_sends_nothing_again(partition):
    handler = await partition.start()
    await handled(handler, [chunk("a")])
    await handler.settle()
    again = await partition.start()
    assert len(partition.broker.words()) == 1
    assert again.applied == {WORDS.name: 0}


async def test_dead_letters_are_part_of_the_outcome(partition):
    handler = await partition.start()
    await handled(handler, [chunk("{no", "bad", "a")])
    [ahead] = [r for r in partition.broker.logs[CHANGELOG, 1] if r.key == WAL]
    reasons = [dict(f[5])["reason"].split(b":")[0] for f in decode(ahead.value).frames if f[0] == WORDS.dlq]
    assert reasons == [b"not_json", b"stage_error"]
    assert len(partition.broker.logs[WORDS.dlq, 1]) == 2


async def test_an_outcome_too_large_for_one_record_is_split(partition):
    handler = await partition.start()
    await handled(handler, [chunk(*["big" * 5] * 6)])
    wals = [decode(r.value) for r in partition.broker.logs[CHANGELOG, 1] if r.key == WAL]
    assert len(wals) > 1
    assert wals[-1].applied == {WORDS.name: 5}
    assert partition.table() == {b"times/" + b"big" * 5: b'{"times":6}'}
    assert len(partition.broker.words()) == 6


async def test_a_worker_behind_another_ones_fence_stops_before_it_sends_anything(partition):
    old = await partition.start()
    await handled(old, [chunk("a")])
    other = Partition(partition.broker)
    new = await other.start()
    sent = len(partition.broker.words())
    with pytest.raises(ContestedError):
        await handled(old, [chunk("b", begin=1)])
    assert len(partition.broker.words()) == sent
    await handled(new, [chunk("b", begin=1)])
    third = Partition(partition.broker)
    await third.start()
    assert third.table() == other.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


async def test_what_a_dead_worker_writes_late_is_put_right_by_the_living_one(partition):
    await partition.start()
    other = Partition(partition.broker)
    new = await other.start()
    await handled(new, [chunk("a")])
    place = (CHANGELOG, 1)
    partition.broker.put((*place, b"times/a", b'{"times":99}', 0, [(OWNER, b"dead")]))
    await handled(new, [chunk("b", begin=1)])
    last = [r for r in partition.broker.logs[place] if r.key == b"times/a"][-1]
    assert last.value == b'{"times":1}'


async def test_what_was_written_between_recovery_and_fence_counts(partition):
    old = await partition.start()
    await handled(old, [chunk("a")])
    late = Partition(partition.broker)
    shelf, changelog = MemoryShelf(), Changelog()
    changelog.read(partition.broker.logs[CHANGELOG, 1], shelf)
    await handled(old, [chunk("b", begin=1)])
    late.shelf = shelf
    handler = WriteAheadStage(Words(), shelf, changelog, CHANGELOG, 1, tools(partition.broker))
    await handler.take_over()
    assert handler.applied == {WORDS.name: 1}
    assert late.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


class LooseWords(Words):
    """Words that may be counted in part."""

    loose = frozenset({"times", SEEN.name})


class MixedWords(Words):
    """Words of which those with an ``l`` may be counted in part; their turns have other kinds."""

    name = "words"
    kinds = (TIMES, LOOSE_TIMES)
    loose = frozenset({"loose", SEEN.name})

    def count(self, chunk: Chunk, state: State, out: Outbox) -> None:
        for record, message in decoded(chunk, Word, out):
            kind = LOOSE_TIMES if message.word.startswith("l") else TIMES
            times = state.get(kind, message.word) or Times()
            times.times += 1
            state.put(kind, message.word, times)
            out.emit(
                SEEN, message.word, Seen(word=message.word, times=times.times), 5, cause=record, route="r"
            )


@settings(max_examples=60, deadline=None)
@given(
    turns=st.lists(
        st.lists(st.sampled_from(["a", "b", "l"]), min_size=1, max_size=3), min_size=1, max_size=6
    ),
    deaths=st.lists(st.integers(1, 12), max_size=3),
    waits=st.booleans(),
)
def test_a_worker_that_dies_between_any_two_records_counts_every_word_once(turns, deaths, waits):
    async def live() -> None:
        broker = MortalBroker()
        partition = Partition(broker)
        left = list(deaths)
        while True:
            broker.lives_for = left.pop(0) if left else None
            try:
                handler = await partition.start(MixedWords())
                offset = 0
                for words in turns:
                    on_its_way = await handler.handle([chunk(*words, begin=offset)])
                    offset += len(words)
                    if waits and on_its_way is not None:
                        await on_its_way
                await handler.settle()
                break
            except Died:
                await asyncio.sleep(0)
        broker.lives_for = None
        counted = Counter(word for words in turns for word in words)
        loosely = counted.pop("l", 0)
        table = {
            key.partition(b"/")[2].decode(): Times.model_validate_json(value).times
            for key, value in partition.table().items()
        }
        assert table.pop("l", 0) >= loosely, "what may happen in part happens at least once"
        assert table == counted
        said = {(seen["word"], seen["times"]) for seen in map(json.loads, broker.words())}
        assert said >= {(word, n + 1) for word, times in counted.items() for n in range(times)}
        fresh = Partition(broker)
        await fresh.start(MixedWords())
        assert fresh.table() == partition.table()

    asyncio.run(live())


async def test_what_may_happen_in_part_is_written_at_once(partition):
    handler = await partition.start(LooseWords())
    partition.broker.batches.clear()
    await handled(handler, [chunk("a", "b")])
    [batch] = partition.broker.batches
    assert [frame[2] for frame in batch] == [WAL, b"times/a", b"times/b", b"a", b"b"]
    assert decode(batch[0][3]).frames == []
    again = Partition(partition.broker)
    await again.start(LooseWords())
    assert again.table() == partition.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


async def test_what_was_written_ahead_before_does_not_come_back_over_what_was_written_at_once(partition):
    handler = await partition.start()
    await handled(handler, [chunk("a")])
    handler = await partition.start(LooseWords())
    await handled(handler, [chunk("a", begin=1)])
    again = Partition(partition.broker)
    await again.start()
    assert again.table() == {b"times/a": b'{"times":2}'}


async def test_turns_written_ahead_stay_applied_after_turns_written_at_once(partition):
    handler = await partition.start()
    await handled(handler, [chunk("a")])
    handler = await partition.start(LooseWords())
    await handled(handler, [chunk("b", begin=1)])
    again = await partition.start()
    await handled(again, [chunk("a", begin=0)])
    assert partition.table() == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}
