from statistics import NormalDist

import numpy as np
import pytest

from domain.risk import Lottery, tail
from domain.risk.accumulators import Drawn


def coins(n, stake=100.0):
    return [Lottery(np.array([0.5, 0.5]), np.array([stake, -stake])) for _ in range(n)]


def test_many_even_bets_have_the_tail_of_the_normal_distribution():
    found = tail(coins(400), pairs=10_000)
    sd = 100 * 400**0.5
    normal = NormalDist()
    assert found.sd == pytest.approx(sd, rel=0.02)
    for level in (0.95, 0.99):
        value, error = found.value_at_risk[level]
        assert value == pytest.approx(sd * normal.inv_cdf(level), abs=4 * error + 100)
        beyond = sd * normal.pdf(normal.inv_cdf(level)) / (1 - level)
        assert found.shortfall[level].value == pytest.approx(
            beyond, abs=4 * found.shortfall[level].error + 60
        )


def test_antithetic_pairs_leave_less_error_in_the_mean_than_independent_draws():
    found = tail(coins(50), pairs=5_000)
    independent = found.sd / found.draws**0.5
    assert found.expected.error < 0.05 * independent


def test_the_stated_error_is_that_of_repeating_the_simulation():
    book = [Lottery(np.array([0.9, 0.1]), np.array([100.0, -900.0 - 7 * i])) for i in range(30)]
    runs = [tail(book, pairs=2_500, seed=seed).shortfall[0.95] for seed in range(40)]
    scatter = float(np.std([run.value for run in runs], ddof=1))
    assert float(np.mean([run.error for run in runs])) == pytest.approx(scatter, rel=0.45)


def test_an_accumulator_is_paid_where_all_its_legs_win_and_only_there():
    legs = [Lottery(np.array([0.5, 0.5]), np.zeros(2)) for _ in range(2)]
    drawn = [Drawn(place, np.array([4.0, 0.0])) for place in range(2)]
    found = tail(legs, [(100, drawn)], pairs=10_000)
    assert found.worst_case == 1_500
    assert found.expected.value == pytest.approx(100 - 0.25 * 1_600, abs=4 * found.expected.error)
    assert found.value_at_risk[0.95].value == 1_500
    assert found.shortfall[0.99].value == 1_500


def test_the_same_seed_gives_the_same_figures_and_nobody_bets_with_too_few_draws():
    assert tail(coins(5)) == tail(coins(5))
    with pytest.raises(ValueError, match="pairs"):
        tail(coins(5), pairs=100)


def test_an_empty_book_loses_nothing():
    found = tail([])
    assert found.value_at_risk[0.99].value == found.shortfall[0.99].value == found.worst_case == 0.0
