"""A bad record harms nobody but itself."""

import pytest

from streams.seam.shelf import MemoryShelf, Overlay
from streams.seam.work import StagePart, halves, newer
from tests.unit.streams.seam_parts import Words, chunk


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def part(shelf) -> StagePart:
    return StagePart(Words(), Overlay(shelf), 4)


def test_a_good_chunk_is_handed_over_whole(shelf):
    stage = Words()
    work = StagePart(stage, Overlay(shelf), 4).work([chunk("a", "b", "a")])
    assert stage.chunks == [3]
    assert dict(work.changes) == {b"times/a": b'{"times":2}', b"times/b": b'{"times":1}'}
    assert [output.value for output in work.outputs] == [
        b'{"word":"a","times":1}',
        b'{"word":"b","times":1}',
        b'{"word":"a","times":2}',
    ]


def test_the_record_that_fails_is_rejected_and_leaves_no_trace_in_the_state(part):
    work = part.work([chunk("a", "bad", "a", "b")])
    assert dict(work.changes) == {b"times/a": b'{"times":2}', b"times/b": b'{"times":1}'}
    assert [(record.offset, reason) for record, reason in work.rejected] == [
        (1, "stage_error: ValueError: bad word")
    ]
    assert len(work.outputs) == 3


def test_what_was_counted_before_a_failure_is_still_known_after_it(part):
    part.work([chunk("a", "a")])
    work = part.work([chunk("a", "bad", "a", begin=2)])
    assert dict(work.changes) == {b"times/a": b'{"times":4}'}


def test_a_deleted_value_is_a_tombstone_and_is_gone_for_the_next_chunk(part, shelf):
    part.work([chunk("kept")])
    part.overlay.keep()
    work = part.work([chunk("gone", "kept", begin=1)])
    assert dict(work.changes)[b"times/kept"] == b'{"times":1}'
    assert dict(part.work([chunk("gone", begin=3)]).changes)[b"times/kept"] is None
    part.overlay.keep()
    assert shelf.get(b"times/kept") is None


def test_what_cannot_be_read_is_rejected_by_the_stage_itself(part):
    work = part.work([chunk("a", "{no", "b")])
    assert [reason.partition(":")[0] for _, reason in work.rejected] == ["not_json"]
    assert len(work.outputs) == 2


def test_a_record_whose_output_no_topic_takes_is_rejected(part):
    work = part.work([chunk("a", "big" * 20, "b")])
    assert [reason.split(":")[1] for _, reason in work.rejected] == [" TooLargeError"]
    assert dict(work.changes) == {b"times/a": b'{"times":1}', b"times/b": b'{"times":1}'}


def test_work_that_is_undone_was_never_done(part):
    part.work([chunk("a")])
    part.overlay.hand_over()
    part.work([chunk("a", "a", begin=1)])
    part.undo()
    assert dict(part.work([chunk("a", begin=1)]).changes) == {b"times/a": b'{"times":2}'}


def test_halves_are_the_turn():
    first, second = halves([chunk("a", "b", "c")])
    assert [record.offset for (part,) in (first, second) for record in part.records] == [0, 1, 2]
    whole = [chunk("a"), chunk("b"), chunk("c")]
    first, second = halves(whole)
    assert [*first, *second] == whole
    assert halves([chunk("a")]) == [(chunk("a"),)], "a record has no halves"


@pytest.mark.parametrize(
    ("applied", "left"), [(-1, [5, 6, 7]), (4, [5, 6, 7]), (5, [6, 7]), (7, None), (99, None)]
)
def test_only_what_is_not_applied_yet_is_new(applied, left):
    fresh = newer(chunk("a", "b", "c", begin=5), applied)
    assert (fresh and [record.offset for record in fresh.records]) == left
