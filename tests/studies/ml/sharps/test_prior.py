"""A population's prior, and an e-process that keeps its bound on it."""

from dataclasses import replace

import numpy as np
import pytest

from domain.sharps import POLICY
from ml.sharps.bets import PlacedBet
from ml.sharps.curves import false_alarms, log_e_steps
from ml.sharps.history import evidence_of
from ml.sharps.marks import Marked
from ml.sharps.prior import population_policy


def bettors(seed, means, bets=60, sd=0.09, in_play=False):
    rng = np.random.default_rng(seed)
    bet = PlacedBet("x", "e", "1x2", "home", 2.0, 10.0, 0, in_play=in_play)
    return {
        f"b{i}": [
            Marked(replace(bet, event=f"e{k}"), c, k + 1, True) for k, c in enumerate(rng.normal(m, sd, bets))
        ]
        for i, m in enumerate(means)
    }


def test_the_prior_is_that_of_the_squares_although_some_are_sharp():
    rng = np.random.default_rng(1)
    means = [*rng.normal(-0.05, 0.03, 400), *[0.04] * 20]
    policy = population_policy(bettors(2, means))
    assert policy.prior_mean == pytest.approx(-0.05, abs=0.004)
    assert policy.prior_sd == pytest.approx(0.03, abs=0.006)
    assert policy.mark_sd == pytest.approx(0.09, abs=0.002)
    assert policy.null_mean == pytest.approx(policy.prior_mean / 2)


def test_few_bettors_leave_the_policy_as_it_is():
    assert population_policy(bettors(3, [-0.05] * 19)) is POLICY
    assert population_policy(bettors(3, [-0.05] * 50, bets=4)) is POLICY


def test_a_population_that_loses_nothing_has_no_edge_up_to_zero():
    policy = population_policy(bettors(4, [0.0] * 50 + [0.02] * 60))
    assert policy.null_mean == 0
    assert policy.prior_mean < 0


def test_marks_that_scatter_more_count_further_and_are_bet_on_less():
    calm = population_policy(bettors(5, [-0.05] * 60, sd=0.04))
    wild = population_policy(bettors(5, [-0.05] * 60, sd=0.4))
    assert calm.clip < wild.clip
    assert calm.bet_fraction > wild.bet_fraction
    assert calm.bet_fraction * calm.clip < 1 > wild.bet_fraction * wild.clip


def test_bets_in_play_weigh_by_how_much_more_they_scatter():
    before, live = bettors(6, [-0.05] * 60, sd=0.06), bettors(7, [-0.05] * 60, sd=0.3, in_play=True)
    both = {name: [*before[name], *live[name]] for name in before}
    assert population_policy(both).in_play_weight == pytest.approx((0.06 / 0.3) ** 2, rel=0.15)


@pytest.mark.parametrize("sd", [0.05, 0.15, 0.5])
def test_skewed_marks_widen_the_clip_until_cutting_off_makes_no_edge(sd):
    rng = np.random.default_rng(8)
    marks = np.where(rng.random(20_000) < 0.9, 0.02, -0.38) + rng.normal(0, sd / 10, 20_000)
    bet = PlacedBet("x", "e", "1x2", "home", 1.2, 10.0, 0)
    own = {
        f"b{i}": [Marked(bet, float(c), 1, True) for c in marks[i * 100 : i * 100 + 100]] for i in range(200)
    }
    policy = population_policy(own)
    cut = np.maximum(marks, policy.null_mean - policy.clip)
    assert cut.mean() - marks.mean() < 0.001


def test_the_vectorised_steps_are_those_of_the_live_process():
    rng = np.random.default_rng(9)
    marks, live = rng.normal(-0.02, 0.3, 300), rng.random(300) < 0.3
    total = log_e_steps(marks, live, POLICY).sum()
    bet = PlacedBet("x", "e", "1x2", "home", 2.0, 10.0, 0)
    own = [
        Marked(replace(bet, event=f"e{i}", in_play=bool(live[i])), float(c), i + 1, True)
        for i, c in enumerate(marks)
    ]
    assert evidence_of(own, POLICY).log_e == pytest.approx(total)


def test_squares_at_the_very_edge_are_flagged_with_probability_alpha_at_most():
    rng = np.random.default_rng(10)
    marks = rng.normal(0, 0.09, 50_000).clip(-0.2, 0.2)
    marks += POLICY.null_mean - marks.mean()
    shares = false_alarms(
        marks,
        np.zeros(len(marks), dtype=bool),
        replace(POLICY, alpha=0.02),
        bettors=20_000,
        bets=500,
        checkpoints=(10, 100, 500),
        seed=1,
    )
    assert 0 < shares[10] + shares[100] < 2 * shares[500]
    assert 0.005 < shares[500] <= 0.02 + 4 * (0.02 * 0.98 / 20_000) ** 0.5
