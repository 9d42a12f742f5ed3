import pytest

from domain.consensus.copies import MAX_DELAY_MS, CopyWatch, note, source_of

MINUTE_MS = 60_000


def price(step):
    return {"home": 2.0 + step / 50, "draw": 3.4, "away": 3.6}


def played(*changes):
    watch = CopyWatch()
    for book, prices, minute in sorted(changes, key=lambda change: change[2]):
        note(watch, book, prices, minute * MINUTE_MS)
    return watch


def run_of(book, steps, start=0, every=10):
    return [(book, price(step), start + every * step) for step in range(steps)]


def test_a_book_that_repeats_another_four_times_running_copies_it():
    copied = played(*run_of("a", 6), *run_of("b", 5, start=3))
    assert source_of(copied, "b") == "a"
    assert source_of(copied, "a") == ""
    assert source_of(played(*run_of("a", 6), *run_of("b", 4, start=3)), "b") == ""


def test_a_change_of_its_own_clears_it():
    own = ("b", price(99), 44)
    assert source_of(played(*run_of("a", 6), *run_of("b", 5, start=3), own), "b") == ""


def test_confirming_the_same_prices_is_no_change():
    same = [("b", price(0), minute) for minute in range(3, 60, 5)]
    assert source_of(played(*run_of("a", 1), *same), "b") == ""


def test_what_was_shown_too_long_ago_is_not_copied():
    late = MAX_DELAY_MS // MINUTE_MS + 1
    assert source_of(played(*run_of("a", 6), *run_of("b", 5, start=late)), "b") == ""


def test_of_two_that_move_at_the_same_instant_the_second_by_name_is_the_copy():
    together = played(*run_of("a", 6), *run_of("b", 6))
    assert (source_of(together, "a"), source_of(together, "b")) == ("", "a")


def test_two_that_follow_each_other_are_not_both_copies():
    leads = [("ab"[step % 2], price(step), 10 * step) for step in range(12)]
    follows = [("ba"[step % 2], price(step), 10 * step + 3) for step in range(12)]
    watch = played(*leads, *follows)
    assert "" in (source_of(watch, "a"), source_of(watch, "b"))


@pytest.mark.parametrize("watch", [CopyWatch(), played(*run_of("a", 3)), played(("a", {}, 0), ("a", {}, 5))])
def test_a_book_alone_or_unknown_copies_nobody(watch):
    assert source_of(watch, "a") == source_of(watch, "z") == ""


def test_what_is_remembered_is_bounded():
    watch = played(*run_of("a", 200))
    assert len(watch.books["a"].prices) == len(watch.books["a"].at_ms) == 12
