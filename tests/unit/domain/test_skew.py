from itertools import pairwise
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.skew import skewed

outcomes = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(0.01, 1.0), min_size=n, max_size=n).map(lambda w: [x / sum(w) for x in w]),
        st.lists(st.floats(-1e12, 1e12), min_size=n, max_size=n),
    )
)


@given(book=outcomes, aversion=st.floats(0, 1e3))
def test_the_sum_is_kept_every_outcome_lives_and_no_set_moves_beyond_the_bound(book, aversion):
    before, profits = book
    after = skewed(before, profits, aversion)
    assert sum(after) == pytest.approx(1.0, abs=1e-12)
    assert all(new >= 0.0999 * old for new, old in zip(after, before, strict=True))
    assert sum(max(0.0, new - old) for new, old in zip(after, before, strict=True)) <= 0.05 + 1e-12


@given(book=outcomes, aversion=st.floats(1e-9, 1e-3))
def test_of_two_outcomes_the_one_that_loses_more_gains_more_in_proportion(book, aversion):
    before, profits = book
    after = skewed(before, profits, aversion)
    ratios = [new / old for new, old in zip(after, before, strict=True)]
    by_profit = [ratio for _, ratio in sorted(zip(profits, ratios, strict=True))]
    assert all(first >= second - 1e-9 for first, second in pairwise(by_profit))


def test_within_the_bound_it_is_the_exponential_tilt():
    g, profits = 1e-6, [-50_000.0, 30_000.0, 20_000.0]
    weights = [p * exp(-g * profit) for p, profit in zip((0.5, 0.3, 0.2), profits, strict=True)]
    expected = [weight / sum(weights) for weight in weights]
    assert skewed([0.5, 0.3, 0.2], profits, g) == pytest.approx(expected, abs=1e-15)


def test_no_aversion_or_an_even_book_moves_nothing():
    assert skewed([0.5, 0.3, 0.2], [5.0, -9.0, 1e9], 0.0) == [0.5, 0.3, 0.2]
    assert skewed([0.5, 0.3, 0.2], [-7e5] * 3, 1e-3) == pytest.approx([0.5, 0.3, 0.2], abs=1e-15)


def test_an_impossible_outcome_stays_impossible():
    assert skewed([0.6, 0.4, 0.0], [1e5, -1e5, -1e9], 1e-6)[2] == 0.0


@pytest.mark.parametrize(
    ("profits", "aversion"),
    [([1.0], 0.1), ([1.0, float("nan")], 0.1), ([1.0, 2.0], -0.1), ([1.0, 2.0], float("inf"))],
)
def test_figures_that_make_no_sense_are_refused(profits, aversion):
    with pytest.raises(ValueError, match=r"profits|risk aversion"):
        skewed([0.5, 0.5], profits, aversion)
