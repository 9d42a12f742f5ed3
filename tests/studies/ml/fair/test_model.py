import json
from dataclasses import replace
from math import log

import numpy as np
import pytest

from ml.fair.features import evidence
from ml.fair.form import Form
from ml.fair.model import CAP, FairModel
from ml.fair.table import table
from ml.fair.training import Settings, train
from ml.fair.walk import learned


@pytest.fixture(scope="module")
def form(matches):
    form = Form()
    table(matches, form)
    return form


@pytest.fixture(scope="module")
def model(known):
    return learned(known, int(known.starts_ms[-1]), Settings(rounds=30, eta=0.2))


@pytest.fixture(scope="module")
def markets(known):
    return list(known.markets[-64:])


def test_probabilities_sum_to_one_and_are_moved(model, markets, form):
    found = model.correct(markets, form)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert np.abs(found - [market.consensus for market in markets]).max() > 0.01


def test_a_market_is_corrected_alike_alone_and_in_a_batch(model, markets, form):
    together = model.correct(markets, form)
    for place in range(0, 64, 9):
        np.testing.assert_array_equal(model.correct([markets[place]], form)[0], together[place])
    assert model.correct([], form).shape == (0, 3)


def test_where_nothing_is_known_the_consensus_stays(model, markets):
    found = model.correct(markets, Form())
    np.testing.assert_allclose(found, [market.consensus for market in markets], rtol=0, atol=1e-12)


def test_at_the_start_the_consensus_stays(model, markets, form):
    late = [replace(market, as_of_ms=market.starts_at_ms) for market in markets]
    found = model.correct(late, form)
    np.testing.assert_allclose(found, [market.consensus for market in markets], rtol=0, atol=1e-12)


def test_no_correction_goes_beyond_its_cap(known):
    wild = replace(known, closing=np.tile([0.98, 0.01, 0.01], (len(known), 1)))
    model = learned(wild, int(known.starts_ms[3000]), Settings(rounds=60, eta=0.3))
    found = model.corrected(known.features, known.consensus, np.ones(len(known)))
    moved = np.log(found / known.consensus)
    assert np.ptp(moved, axis=1).max() <= 2 * CAP + 1e-9
    assert np.ptp(moved, axis=1).max() > CAP


def test_an_explanation_adds_up_to_what_the_trees_say(model, markets, form):
    market = markets[7]
    found = model.explain(market, form)
    total = {outcome: sum(shares.values()) for outcome, shares in found.items()}
    whole = np.exp(list(total.values()))
    free = model.corrected(model.rows([market], form), np.array([market.consensus]), np.ones(1))[0]
    np.testing.assert_allclose(whole / whole.sum(), free, atol=2e-6)
    assert found["home"]["consensus"] == log(market.consensus[0])
    assert set(found["home"]) == {*model.card["features"], "consensus", "bias"}


def test_a_model_that_was_stored_prices_the_same(model, markets, form, tmp_path):
    (tmp_path / "model.ubj").write_bytes(model.trees)
    (tmp_path / "card.json").write_text(json.dumps(model.card))
    again = FairModel.load(tmp_path)
    assert again == model
    np.testing.assert_array_equal(again.correct(markets, form), model.correct(markets, form))


def test_the_evidence_of_the_table_is_that_of_the_model(known, matches):
    form = Form()
    few = table(matches[:1], form)
    assert few.evidence[0] == evidence(few.markets[0], Form()) == 0.0
    assert 0.9 < known.evidence.max() < 1.0


def test_trees_of_another_shape_are_not_hidden_by_the_loader(tmp_path):
    with pytest.raises(OSError, match=r"model\.ubj"):
        FairModel.load(tmp_path)


def test_trees_are_read_back_from_their_bytes(known):
    trees = train(known, known.between(0, known.starts_ms[1000]), Settings(rounds=3))
    raw = bytes(trees.save_raw("ubj"))
    assert FairModel(raw, {}).booster.num_boosted_rounds() == 3
