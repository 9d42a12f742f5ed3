"""What a changelog says, and what of it counts."""

import pytest

from streams.records import PlainRecord
from streams.seam.changelog import Changelog, ContestedError
from streams.seam.outcome import FENCE, OWNER, WAL, Outcome, encode
from streams.seam.shelf import MemoryShelf


def log(*entries: tuple[bytes, bytes | None, bytes]) -> list[PlainRecord]:
    return [
        PlainRecord("changelog", 0, offset, 0, key, value, [(OWNER, owner)] if owner else [])
        for offset, (key, value, owner) in enumerate(entries)
    ]


def read(*entries: tuple[bytes, bytes | None, bytes]) -> tuple[Changelog, dict[bytes, bytes]]:
    changelog, shelf = Changelog(), MemoryShelf()
    changelog.read(log(*entries), shelf)
    return changelog, dict(shelf.scan(b""))


def test_the_last_value_of_a_key_counts_and_a_tombstone_removes_it():
    changelog, table = read(
        (b"k/a", b"1", b""), (b"k/b", b"1", b""), (b"k/a", b"2", b""), (b"k/b", None, b"")
    )
    assert table == {b"k/a": b"2"}
    assert changelog.end == 4


def test_what_the_owner_before_the_fence_wrote_counts_and_what_it_writes_after_it_does_not():
    changelog, table = read(
        (FENCE, b"A", b""),
        (b"k/a", b"1", b"A"),
        (FENCE, b"B", b""),
        (b"k/b", b"1", b"B"),
        (b"k/a", b"late", b"A"),
        (WAL, encode(Outcome({"t": 9}, [], [])), b"A"),
    )
    assert table == {b"k/a": b"1", b"k/b": b"1"}
    assert changelog.owner == b"B"
    assert changelog.ahead is None
    assert changelog.ignored == {b"k/a"}


def test_a_key_that_the_owner_wrote_again_needs_no_repair():
    changelog, _ = read((FENCE, b"B", b""), (b"k/a", b"late", b"A"), (b"k/a", b"2", b"B"))
    assert changelog.ignored == set()


def test_what_a_write_ahead_record_says_is_put_into_the_table_and_told_again():
    changelog, shelf = Changelog(), MemoryShelf()
    ahead = Outcome({"t": 4}, [(b"k/a", b"2"), (b"k/b", None)], [])
    changelog.read(log((b"k/a", b"1", b""), (b"k/b", b"1", b""), (WAL, encode(ahead), b"")), shelf)
    assert dict(shelf.scan(b"")) == {b"k/a": b"1", b"k/b": b"1"}
    assert changelog.unfinished(shelf) == [(b"k/a", b"2"), (b"k/b", None)]
    assert dict(shelf.scan(b"")) == {b"k/a": b"2"}


def test_keys_whose_last_record_does_not_count_are_told_again_with_their_right_values():
    changelog, shelf = Changelog(), MemoryShelf()
    entries = log((b"k/a", b"1", b""), (FENCE, b"B", b""), (b"k/a", b"late", b"A"), (b"k/b", b"late", b"A"))
    changelog.read(entries, shelf)
    assert sorted(changelog.unfinished(shelf)) == [(b"k/a", b"1"), (b"k/b", None)]
    assert changelog.unfinished(shelf) == []


def test_keys_that_another_wrote_among_ones_own_are_found():
    changelog = Changelog(owner=b"B")
    entries = log((b"k/a", b"1", b"B"), (b"k/b", b"late", b"A"), (WAL, b"", b"A"), (FENCE, b"B", b""))
    assert changelog.foreign(entries) == {b"k/b"}


def test_a_fence_of_another_ends_the_ownership():
    with pytest.raises(ContestedError):
        Changelog(owner=b"B").foreign(log((b"k/a", b"1", b"B"), (FENCE, b"C", b"")))
