"""The live classifier: running figures tell classes apart, and a model comes back as it was written."""

from random import Random

import numpy as np
import pytest

from domain.sharps import POLICY
from domain.sharps.behaviour import NAMES
from ml.sharps import live_training
from ml.sharps.kinds import CLASSES
from ml.sharps.live import load, shipped, write
from ml.sharps.live_training import rows_of, train


@pytest.fixture(scope="module")
def labels(people):
    return {name: bettor.kind.name for name, bettor in people.bettors.items()}


@pytest.fixture(scope="module")
def classifier(own, labels):
    before, live_training.ROUNDS = live_training.ROUNDS, 12
    try:
        return train(own, labels, POLICY, 1, 0.98)
    finally:
        live_training.ROUNDS = before


def test_a_bettor_has_a_row_for_each_look_and_every_row_has_every_feature(own):
    bettor = max(own, key=lambda name: len(own[name]))
    rows = rows_of(own[bettor], POLICY, Random(1), (5, 20))
    assert [len(row) for row in rows] == [len(NAMES)] * 2
    assert np.exp(rows[1][0]) - 1 == pytest.approx(20)


def test_who_follows_moves_scores_above_squares(own, labels, classifier):
    scores = {"square": [], "steam_chaser": []}
    for bettor, history in own.items():
        rows = rows_of(history, POLICY, Random(2), (20,))
        if rows and labels[bettor] in scores:
            scores[labels[bettor]].append(float(classifier.sharp_scores(classifier.probabilities(rows))[0]))
    assert np.median(scores["steam_chaser"]) > np.quantile(scores["square"], 0.9)


def test_a_written_model_says_the_same_again(classifier, own, tmp_path):
    write(classifier, tmp_path / "model.json.xz")
    again = load(classifier.dump())
    rows = rows_of(next(iter(own.values())), POLICY, Random(3), (5, 8))
    assert again.probabilities(rows).tolist() == classifier.probabilities(rows).tolist()
    assert again.threshold == classifier.threshold


def test_a_model_of_other_features_is_refused(classifier):
    with pytest.raises(ValueError, match="other features"):
        load(classifier.dump().replace('"log_bets"', '"logbets"'))


def test_the_shipped_model_is_one_of_these_features():
    found = shipped().probabilities([[float("nan")] * len(NAMES)])
    assert found.shape == (1, len(CLASSES))
    assert found.sum() == pytest.approx(1.0)
