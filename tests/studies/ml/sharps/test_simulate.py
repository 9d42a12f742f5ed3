"""Synthetic bettors in a recorded world: seeded, at prices that stood, settled by what happened."""

import numpy as np
import pytest

from domain.population import CLASSES
from ml.sharps.populations import class_of, population, registry
from ml.sharps.simulate import simulate
from ml.sharps.world import SIGNALS, STEPS, instants


def mean_clv(bets, label, in_play=False):
    chosen = [bet for bet in bets if bet.label == label and bet.in_play == in_play]
    return np.mean([bet.price * bet.close_probability - 1 for bet in chosen])


def test_the_same_seed_gives_the_same_bets_and_another_others(recorded):
    def run(seed):
        return list(
            simulate(population(seed, {"square": 5, "value_50": 5, "ring": 1}), recorded[:200], 1.0, seed)
        )

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_bets_are_settled_by_the_recorded_result_and_marked_by_the_recorded_close(recorded, placed):
    truth = {(m.event, market.market): market for m in recorded for market in m.markets}
    for bet in placed[::50]:
        market = truth[bet.event, bet.market]
        assert bet.won == (market.winner == bet.selection)
        if not bet.in_play:
            assert bet.close_probability == market.close[bet.selection]


def test_those_who_know_more_do_better(placed):
    square, some, full = (mean_clv(placed, label) for label in ("square", "value_25", "value_100"))
    assert square == pytest.approx(1 / 1.055 - 1, abs=0.015)
    assert square + 0.01 < some < full - 0.01
    assert full > 0
    assert mean_clv(placed, "courtsider", in_play=True) > 0.05


def test_bettors_by_share_of_sharp_bets_differ_from_squares_in_what_they_know_alone():
    classes = registry()
    square = classes["square"]
    for share in (5, 25, 50, 100):
        kind = classes[f"value_{share}"]
        assert kind.informed_share == share / 100
        for name in ("stake", "stake_spread", "round_to", "promotion_share", "account_days", "activity"):
            assert getattr(kind, name) == getattr(square, name)
    assert {class_of(name) for name in classes} == set(CLASSES)


def test_prices_come_from_the_recorded_one_to_near_the_close_before_the_start(recorded):
    steps = [standing for _, _, standing in instants(recorded[:20], "book", 1)]
    first, last = steps[0], steps[STEPS - 1]
    for early, late in zip(first, last, strict=True):
        market = next(
            market
            for m in recorded[:20]
            if m.event == early.offer.event_id
            for market in m.markets
            if market.market == early.offer.market
        )
        for name, price in market.prices.items():
            assert early.offer.prices[name] == pytest.approx(price, abs=0.006)
            assert late.offer.knowledge.fair[name] == pytest.approx(market.close[name], rel=0.15)


def test_probabilities_in_play_are_a_martingale():
    for name in ("home", "draw", "away"):
        assert sum(signal[name] for signal in SIGNALS.values()) == pytest.approx(1)
    prior = {"home": 0.5, "draw": 0.3, "away": 0.2}
    expected = dict.fromkeys(prior, 0.0)
    for signal in SIGNALS.values():
        chance = sum(p * signal[name] for name, p in prior.items())
        for name, p in prior.items():
            expected[name] += chance * (p * signal[name] / chance)
    assert expected == pytest.approx(prior)
