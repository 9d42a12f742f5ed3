from hypothesis import given
from hypothesis import strategies as st

from api.paging import Page, cursor_of

NAMES = st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), max_size=30)


@given(NAMES, st.integers(1, 7))
def test_pages_put_together_are_the_sorted_list(names, limit):
    found, cursor = [], None
    while True:
        page = Page(limit=limit, cursor=cursor).rest(names)[:limit]
        found += page
        if len(page) < limit:
            break
        cursor = cursor_of(page[-1])
    assert found == sorted(names)


@given(NAMES, NAMES, st.integers(0, 29))
def test_what_was_beyond_the_cursor_still_comes_when_the_list_changes(names, changes, at):
    ordered = sorted(names)
    if at >= len(ordered):
        return
    rest = Page(cursor=cursor_of(ordered[at])).rest(names | changes)
    assert set(ordered[at + 1 :]) <= set(rest)
    assert all(name > ordered[at] for name in rest)


@given(st.binary(min_size=1, max_size=20), NAMES)
def test_any_cursor_is_some_place_in_the_list(raw, names):
    ordered = sorted(names)
    rest = Page(cursor=raw.hex()).rest(names)
    assert rest == ordered[len(ordered) - len(rest) :]
