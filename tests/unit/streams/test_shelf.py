"""Shelves and overlays give back what was put on them, in memory and in RocksDB alike."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.seam.rocks import RocksShelf
from streams.seam.shelf import MemoryShelf, Overlay


@pytest.fixture(params=["memory", "rocksdb"])
def shelf(request, tmp_path):
    made = MemoryShelf() if request.param == "memory" else RocksShelf(tmp_path / "0.db")
    yield made
    made.close()


def test_a_shelf_gives_back_what_was_written(shelf):
    shelf.write([(b"a/1", b"one"), (b"a/2", b"two"), (b"b/1", b"three")])
    shelf.write([(b"a/1", None), (b"a/2", b"zwei"), (b"a/0", b"null")])
    assert shelf.get(b"a/1") is None
    assert shelf.get(b"a/2") == b"zwei"
    assert sorted(shelf.scan(b"a/")) == [(b"a/0", b"null"), (b"a/2", b"zwei")]
    assert len(list(shelf.scan(b""))) == 3


def test_a_mark_is_no_value(shelf):
    shelf.mark(17, b"owner")
    assert list(shelf.scan(b"")) == []


def test_rocksdb_remembers_values_and_mark_across_opens(tmp_path):
    shelf = RocksShelf(tmp_path / "0.db")
    shelf.write([(b"k/1", b"one")])
    shelf.mark(17, b"\x00\xff\x20")
    shelf.close()
    again = RocksShelf(tmp_path / "0.db")
    assert again.get(b"k/1") == b"one"
    assert again.marked() == (17, b"\x00\xff\x20")
    again.close()


def test_files_older_than_a_tombstone_lives_are_not_trusted(tmp_path, monkeypatch):
    shelf = RocksShelf(tmp_path / "0.db")
    shelf.write([(b"k/1", b"one")])
    shelf.mark(17, b"owner")
    shelf.close()
    later = time.time() + 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    again = RocksShelf(tmp_path / "0.db")
    assert again.get(b"k/1") is None
    assert again.marked() == (0, b"")
    again.close()


def test_a_dropped_shelf_leaves_no_files(tmp_path):
    shelf = RocksShelf(tmp_path / "0.db")
    shelf.drop()
    assert not (tmp_path / "0.db").exists()


keys = st.sampled_from([b"a/1", b"a/2", b"b/1"])
batches = st.lists(
    st.tuples(
        st.lists(st.tuples(keys, st.none() | st.binary())),
        st.sampled_from(["hand over", "keep", "discard", "wait"]),
    )
)


@given(batches)
def test_an_overlay_is_a_table_whose_last_changes_can_be_taken_back(batches):
    shelf = MemoryShelf()
    overlay = Overlay(shelf)
    kept: dict[bytes, bytes] = {}
    shelved: dict[bytes, bytes] = {}
    seen: dict[bytes, bytes] = {}
    for changes, then in batches:
        overlay.put(changes)
        for key, value in changes:
            seen.pop(key, None)
            if value is not None:
                seen[key] = value
        assert {
            key: overlay.get(key) for key in (b"a/1", b"a/2", b"b/1") if overlay.get(key) is not None
        } == seen
        assert dict(overlay.scan(b"a/")) == {
            key: value for key, value in seen.items() if key.startswith(b"a/")
        }
        if then in ("hand over", "keep"):
            overlay.keep()  # what was handed over before is written by the time that more is
            overlay.hand_over()
            shelved, kept = kept, dict(seen)
        if then == "keep":
            overlay.keep()
            shelved = kept
        if then == "discard":
            overlay.discard()
            seen = dict(kept)
        assert dict(shelf.scan(b"")) == shelved
