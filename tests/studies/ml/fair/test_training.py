from dataclasses import replace

import numpy as np
import pytest

from domain.evaluation import divergence
from ml.fair.training import Settings, margins, softmax, temperature, train, usable

QUICK = Settings(rounds=30, eta=0.2)
EVERY = slice(None)


def test_the_same_matches_and_settings_give_the_same_bytes(known):
    chosen = known.between(0, known.starts_ms[2000])
    one, two = (bytes(train(known, chosen, QUICK).save_raw("ubj")) for _ in range(2))
    assert one == two
    other = bytes(train(known, chosen, replace(QUICK, seed=1)).save_raw("ubj"))
    assert other != one


def test_trees_find_the_move_that_was_planted(known):
    learned = known.between(0, known.starts_ms[6000])
    fresh = ~learned
    trees = train(known, learned, QUICK)
    corrected = softmax(margins(trees, known.features[fresh], known.consensus[fresh]))
    before = divergence(known.closing[fresh], known.consensus[fresh]).mean()
    after = divergence(known.closing[fresh], corrected).mean()
    assert after < 0.5 * before


def test_where_prices_do_not_move_there_is_nothing_to_correct(known):
    still = replace(known, closing=known.consensus)
    chosen = known.between(0, known.starts_ms[3000])
    trees = train(still, chosen, QUICK)
    corrected = softmax(margins(trees, known.features, known.consensus))
    assert np.abs(corrected - known.consensus).max() < 1e-5


def test_learning_results_needs_results_and_not_the_close(known):
    blind = replace(known, closing=np.full_like(known.closing, np.nan))
    chosen = known.between(0, known.starts_ms[3000])
    with pytest.raises(ValueError, match="no match to learn from"):
        train(blind, chosen, QUICK)
    trees = train(blind, chosen, replace(QUICK, target="result"))
    assert trees.num_boosted_rounds() == 30


def test_matches_without_a_close_are_left_out(known):
    closing = known.closing.copy()
    closing[::2] = np.nan
    assert usable(replace(known, closing=closing), QUICK).sum() == len(known) // 2


def test_old_matches_count_less_where_that_is_wanted(known):
    flipped = known.closing.copy()
    old = known.between(0, known.starts_ms[4000])
    flipped[old] = known.consensus[old] ** 2 / known.closing[old]
    flipped /= flipped.sum(axis=1, keepdims=True)
    turned = replace(known, closing=flipped)
    fresh = ~old
    losses = []
    for half_life in (None, 0.5):
        trees = train(turned, usable(turned, QUICK), replace(QUICK, half_life_years=half_life))
        corrected = softmax(margins(trees, known.features[fresh], known.consensus[fresh]))
        losses.append(divergence(known.closing[fresh], corrected).mean())
    assert losses[1] < losses[0]


def test_a_temperature_brings_back_probabilities_that_were_too_sure(known):
    truth = known.closing[:3000]
    sure = softmax(1.15 * np.log(truth))
    assert temperature(sure, truth) == pytest.approx(1 / 1.15, abs=1e-3)
    assert temperature(truth, truth) == pytest.approx(1.0, abs=1e-3)


def test_a_model_that_has_seen_blind_copies_holds_without_the_sharp_book(known):
    hidden = known.features.copy()
    columns = [place for place, name in enumerate(known.names) if name.startswith("sharp_")]
    hidden[:, columns] = np.nan
    learned = known.between(0, known.starts_ms[6000])
    trees = train(known, learned, replace(QUICK, blind=0.5))
    corrected = softmax(margins(trees, hidden[~learned], known.consensus[~learned]))
    before = divergence(known.closing[~learned], known.consensus[~learned]).mean()
    assert divergence(known.closing[~learned], corrected).mean() < 0.5 * before


def test_the_search_for_settings_stays_before_its_date_and_is_seeded(known):
    from ml.fair.tuning import tune

    until = int(known.starts_ms[4000])
    spoiled = known.closing.copy()
    spoiled[~known.between(0, until)] = (0.01, 0.01, 0.98)
    said = []
    start = Settings(rounds=40, eta=0.1, max_depth=2)
    one = tune(known, until, 2, start, said.append)
    two = tune(replace(known, closing=spoiled), until, 2, start, said.append)
    assert one == two
    assert len(said) == 4
