import json
from dataclasses import asdict
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.fair.drift import ALERT_PSI, Watch, bin_of, reference, stability, watched

CLOSE = (0.5, 0.27, 0.23)
NEAR, FAR = (0.49, 0.275, 0.235), (0.45, 0.29, 0.26)


def noted(n, corrected, consensus, watch=None, features=None):
    watch = watch or Watch()
    for place in range(n):
        watch.note({}, features or {}, corrected, consensus, CLOSE, place % 3)
    return watch


def test_the_same_distribution_has_not_drifted_and_a_shifted_one_has():
    random = np.random.default_rng(1)
    rows = random.normal(0, 1, (4000, 2)).astype(np.float32)
    expected = reference(rows, ("a", "b"))
    fresh = random.normal(0, 1, (1500, 2)).astype(np.float32)
    fresh[:, 1] += 1.0
    close = np.tile(CLOSE, (1500, 1))
    watch = watched(expected, fresh, ("a", "b"), close, close, close, np.zeros(1500))
    found = watch.stability(expected)
    assert list(found) == ["b", "a"]
    assert found["b"] > ALERT_PSI > 5 * found["a"]


def test_values_that_go_missing_are_a_drift():
    rows = np.linspace(0, 1, 1000, dtype=np.float32)[:, None]
    expected = reference(rows, ("a",))
    assert expected["a"]["shares"][-1] == 0.0
    gone = np.where(np.arange(500)[:, None] % 2, rows[:500] * 2, np.nan).astype(np.float32)
    close = np.tile(CLOSE, (500, 1))
    watch = watched(expected, gone, ("a",), close, close, close, np.zeros(500))
    assert watch.stability(expected)["a"] > ALERT_PSI


@given(st.lists(st.floats(-5, 5), max_size=9).map(lambda edges: sorted(set(edges))), st.floats(-9, 9))
def test_a_bin_lies_between_its_edges(edges, value):
    place = bin_of(edges, value)
    assert place == 0 or edges[place - 1] < value
    assert place == len(edges) or value <= edges[place]
    assert bin_of(edges, nan) == len(edges) + 1


def test_the_index_of_two_bins_is_the_formula():
    assert stability([0.5, 0.5], [80, 20]) == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert stability([0.5, 0.5], [50, 50]) == 0.0


def test_a_model_nearer_to_the_close_never_falls_back():
    assert not noted(2000, NEAR, FAR).fallen_back


def test_a_model_further_from_the_close_falls_back_and_returns_when_it_helps_again():
    watch = noted(99, FAR, NEAR)
    assert not watch.fallen_back, "too few matches to say"
    noted(20, FAR, NEAR, watch)
    assert watch.fallen_back
    noted(100, NEAR, FAR, watch)
    assert not watch.fallen_back


def test_chance_seldom_makes_it_fall_back():
    random = np.random.default_rng(2)
    fallen = 0
    for _ in range(40):
        watch = Watch()
        for _ in range(400):
            noise = random.normal(0, 0.02, (2, 3))
            one, two = (
                tuple(np.array(CLOSE) * np.exp(each) / (CLOSE * np.exp(each)).sum()) for each in noise
            )
            watch.note({}, {}, one, two, CLOSE, 0)
        fallen += watch.fallen_back
    assert fallen <= 4


def test_a_watch_that_was_stored_goes_on_the_same():
    rows = np.random.default_rng(3).normal(0, 1, (200, 1)).astype(np.float32)
    expected = reference(rows, ("a",))
    watch = Watch()
    for row in rows[:100, 0]:
        watch.note(expected, {"a": float(row)}, NEAR, FAR, CLOSE, 1)
    again = Watch(**json.loads(json.dumps(asdict(watch))))
    for each in (watch, again):
        each.note(expected, {"a": 0.5}, FAR, NEAR, CLOSE, 2)
    assert again == watch


def test_the_figures_are_means_of_what_was_noted():
    found = noted(50, NEAR, FAR).figures()
    assert found["divergence_consensus"] == pytest.approx(
        sum(c * np.log(c / f) for c, f in zip(CLOSE, FAR, strict=True))
    )
    assert found["divergence_model"] < found["divergence_consensus"]
    assert found["fallen_back"] == 0.0
    assert Watch().figures() == {}
