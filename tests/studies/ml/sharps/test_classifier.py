"""The classifier: calibrated, kept as text, and the one of the package reads thin files."""

from dataclasses import replace

import numpy as np
import pytest

from ml.sharps.classifier import CLASSES, SharpClassifier, calibrated
from ml.sharps.curves import auc
from ml.sharps.features import NAMES, OPTIONAL_GROUPS, Scale, columns, table
from ml.sharps.model import shipped, write
from ml.sharps.prior import population_policy
from ml.sharps.training import calibration, hidden, train


@pytest.fixture(scope="module")
def toy():
    """Return rows of which one feature tells the class of three, with noise."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 600)
    rows = rng.normal(size=(600, len(NAMES)))
    rows[:, 0] += 1.5 * labels
    return rows, labels, np.arange(600)


@pytest.fixture(scope="module")
def model(toy):
    return train(*toy, seed=1)


def test_probabilities_sum_to_one_and_classes_never_seen_get_none(model, toy):
    found = model.probabilities(toy[0])
    assert np.allclose(found.sum(axis=1), 1)
    assert found[:, 3:].max() < 0.01


def test_a_model_read_back_says_the_same_to_the_last_digit(model, toy, tmp_path):
    again = SharpClassifier.load(model.dump())
    assert np.array_equal(again.probabilities(toy[0]), model.probabilities(toy[0]))
    write(model, tmp_path / "m.xz")
    assert (tmp_path / "m.xz").stat().st_size > 1_000


def test_a_model_of_other_features_is_refused(model):
    with pytest.raises(ValueError, match="other features"):
        SharpClassifier.load(model.dump().replace('"clv_sd"', '"clv_spread"'))


def test_training_is_deterministic(toy, model):
    assert train(*toy, seed=1).dump() == model.dump()


def test_calibration_makes_probabilities_mean_what_they_say():
    rng = np.random.default_rng(2)
    true = rng.random(20_000)
    labels = (rng.random(20_000) > true).astype(np.int64)
    raw = np.zeros((20_000, len(CLASSES)))
    raw[:, 0], raw[:, 1] = true**2, 1 - true**2
    found = calibrated(raw, calibration(raw, labels))[:, 0]
    for low in np.arange(0, 1, 0.1):
        within = (found >= low) & (found < low + 0.1)
        assert found[within].mean() == pytest.approx((labels[within] == 0).mean(), abs=0.04)


def test_hiding_takes_whole_optional_groups_and_nothing_else():
    rows = np.ones((400, len(NAMES)))
    out = hidden(rows, np.random.default_rng(3))
    optional = columns(OPTIONAL_GROUPS)
    kept = [i for i in range(len(NAMES)) if i not in optional]
    assert np.isfinite(out[:, kept]).all()
    gone = np.isnan(out[:, optional]).all(axis=1).mean()
    assert 0.4 < gone < 0.6


def test_no_bettors_have_no_probabilities(model):
    assert model.probabilities(np.zeros((0, len(NAMES)))).shape == (0, len(CLASSES))


@pytest.mark.parametrize("thin", [False, True], ids=["all_columns", "thin_file"])
def test_the_classifier_of_the_package_tells_sharps_from_squares_in_a_world_it_never_saw(own, people, thin):
    policy = population_policy(own)
    rows = table(own, Scale.of(own, policy))
    if thin:
        rows[:, columns(OPTIONAL_GROUPS)] = np.nan
    score = shipped().sharp_scores(rows)
    labels = np.array([people.bettors[name].kind.name for name in own])
    rng = np.random.default_rng(4)
    assert auc(score[labels == "value_100"], score[labels == "square"], rng).value > 0.95
    assert auc(score[labels == "value_25"], score[labels == "square"], rng).value > 0.6


def test_auc_is_the_share_of_pairs_in_order_ties_counting_half():
    rng = np.random.default_rng(5)
    found = auc(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0]), rng)
    assert found.value == pytest.approx((2 * 3 - 0.5 - 1) / 6)
    assert found.low <= found.value <= found.high
    assert replace(found, value=0.0) != found
