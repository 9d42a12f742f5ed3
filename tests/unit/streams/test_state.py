from streams.state import DictStore, Kind, State

LASTING = Kind("lasting", dict[str, int])
PASSING = Kind("passing", dict[str, int], kept=False)


def test_what_is_not_kept_is_seen_within_its_chunk_and_read_again_after_it():
    store = DictStore()
    state = State(store)
    for kind in (LASTING, PASSING):
        value = {"n": 1}
        state.put(kind, "k", value)
        assert state.get(kind, "k") is value
    store.apply(state.take_changes())
    assert state.get(LASTING, "k") is state.get(LASTING, "k")
    assert state.get(PASSING, "k") == {"n": 1}
    assert state.get(PASSING, "k") is not state.get(PASSING, "k")
    assert state.get(PASSING, "other") is None


def test_what_is_not_kept_can_be_changed_and_deleted():
    store = DictStore()
    state = State(store)
    state.put(PASSING, "k", {"n": 1})
    store.apply(state.take_changes())
    found = state.get(PASSING, "k")
    found["n"] = 2
    state.put(PASSING, "k", found)
    store.apply(state.take_changes())
    assert state.get(PASSING, "k") == {"n": 2}
    state.delete(PASSING, "k")
    assert state.get(PASSING, "k") is None
    store.apply(state.take_changes())
    assert state.get(PASSING, "k") is None
    assert list(state.items(PASSING)) == []
