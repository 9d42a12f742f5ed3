import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation import brier, divergence, log_loss, paired, reliability, rps

HALF = np.array([[0.5, 0.3, 0.2]])


def at(place):
    return np.array([place])


def test_scores_of_one_forecast_are_those_of_the_formulas():
    assert log_loss(HALF, at(0))[0] == pytest.approx(-np.log(0.5))
    assert brier(HALF, at(0))[0] == pytest.approx(0.25 + 0.09 + 0.04)
    assert rps(HALF, at(0))[0] == pytest.approx((0.25 + 0.04) / 2)
    assert rps(HALF, at(2))[0] == pytest.approx((0.25 + 0.64) / 2)


def test_a_certain_forecast_that_comes_true_scores_nothing():
    sure = np.array([[0.0, 1.0, 0.0]])
    assert log_loss(sure, at(1))[0] == brier(sure, at(1))[0] == rps(sure, at(1))[0] == 0.0


def test_rps_forgives_a_near_miss_more_than_a_far_one_where_brier_does_not():
    sure_home = np.array([[1.0, 0.0, 0.0]])
    assert rps(sure_home, at(1))[0] < rps(sure_home, at(2))[0]
    assert brier(sure_home, at(1))[0] == brier(sure_home, at(2))[0]


@given(weights=st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=2, max_size=6))
def test_the_truth_has_no_divergence_from_itself_and_all_else_has(weights):
    truth, other = (np.array([column]) / sum(column) for column in zip(*weights, strict=True))
    assert divergence(truth, truth)[0] == pytest.approx(0.0, abs=1e-12)
    assert divergence(truth, other)[0] >= -1e-12


def test_a_paired_difference_is_surer_than_the_scores_it_is_made_of():
    rng = np.random.default_rng(1)
    shared = rng.normal(1.0, 1.0, 1000)
    found = paired(shared + rng.normal(-0.01, 0.05, 1000), shared)
    assert found.mean == pytest.approx(-0.01, abs=3 * found.se)
    assert found.se == pytest.approx(0.05 / np.sqrt(1000), rel=0.1)
    assert np.isnan(paired(np.ones(1), np.zeros(1)).se)


def test_reliability_counts_every_forecast_once():
    rng = np.random.default_rng(2)
    p = rng.dirichlet([2, 2, 2], 5000)
    came = np.array([rng.choice(3, p=row) for row in p])
    found = reliability(p, came, bins=10)
    assert sum(one.n for one in found) == 15_000
    for one in found:
        assert one.observed == pytest.approx(one.forecast, abs=4 * np.sqrt(0.25 / one.n) + 0.005)
