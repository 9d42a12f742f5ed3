import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consensus.view import Reading, log_odds, probabilities_of, scale_at, weighted_median

LIMITS = (1.0, 1000.0, 0.95, 1.6)
pairs = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 10)), min_size=1, max_size=15)


@given(pairs=pairs)
def test_the_weighted_median_has_half_of_the_weight_on_either_side(pairs):
    values, weights = zip(*pairs, strict=True)
    middle = weighted_median(values, weights)
    below = sum(w for v, w in pairs if v < middle)
    above = sum(w for v, w in pairs if v > middle)
    assert max(below, above) <= sum(weights) / 2 * (1 + 1e-9)


@given(values=st.lists(st.floats(-5, 5), min_size=1, max_size=15))
def test_with_equal_weights_it_is_the_median(values):
    assert weighted_median(values, [1.0] * len(values)) == pytest.approx(np.median(values), abs=1e-12)


@given(x=st.floats(-20, 20))
def test_log_odds_and_probabilities_are_inverse(x):
    p = 1 / (1 + np.exp(-x))
    assert probabilities_of(log_odds([p, 1 - p]), 1.0) == pytest.approx([p, 1 - p], abs=1e-9)
    assert scale_at(x) == pytest.approx(np.sqrt(p * (1 - p)), rel=1e-6)


def test_what_was_seen_is_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr("domain.consensus.view.MAX_SEEN", 3)
    reading = Reading("power", 1.0, LIMITS)
    views = [reading.view((1.9 + i / 100, 1.95)) for i in range(10)]
    assert len(reading.seen) <= 3
    assert reading.view((1.9, 1.95)) == views[0]
