"""Each method against its formula, the shin package, penaltyblog's figures and its properties."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shin as shin_package
from hypothesis import given
from hypothesis import strategies as st

from domain.devig import METHODS, devig, devig_one

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "penaltyblog_devig.json").read_text())
THREE_WAY = [2.05, 3.4, 3.9]


@st.composite
def books(draw, least=1.0, most=1.6, winners=1.0):
    """Prices of 2 to 60 outcomes whose inverses sum to ``winners`` times least..most."""
    n = draw(st.integers(int(winners) + 2, 60))
    weights = draw(st.lists(st.floats(0.01, 1.0), min_size=n, max_size=n))
    total = winners * draw(st.floats(least, most))
    q = np.array(weights)
    # Flatten until no inverse price reaches 1.
    while (q * total / q.sum()).max() > 0.98:
        q = q + q.mean() * 0.2
        if np.ptp(q) < 1e-3 * q.max():
            total = min(total, 0.97 * n)
            break
    return (q.sum() / (q * total)).tolist()


@pytest.mark.parametrize("method", METHODS)
@given(prices=books())
def test_probabilities_sum_to_one_and_keep_the_order_of_the_prices(method, prices):
    p = devig(prices, method)
    assert p.sum() == pytest.approx(1.0, abs=1e-12)
    assert (p > 0).all() and (p <= 1).all()
    by_price = p[np.argsort(prices)]
    assert (np.diff(by_price) <= 1e-12).all()


@pytest.mark.parametrize("method", METHODS)
@given(prices=books(winners=3.0, most=1.3))
def test_a_market_with_three_winners_sums_to_three_and_no_outcome_passes_one(method, prices):
    p = devig(prices, method, winners=3.0)
    assert p.sum() == pytest.approx(3.0, abs=1e-12)
    assert (p > 0).all() and (p <= 1).all()


@pytest.mark.parametrize("method", METHODS)
@given(prices=books(least=0.6, most=1.0))
def test_a_sub_fair_market_is_scaled_up_to_one(method, prices):
    p = devig(prices, method)
    assert p.sum() == pytest.approx(1.0, abs=1e-12)
    assert (p >= 1.0 / np.array(prices) - 1e-12).all() and (p <= 1).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_fair_market_is_left_alone(method):
    prices = [2.0, 4.0, 4.0]
    assert devig(prices, method) == pytest.approx([0.5, 0.25, 0.25], abs=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_a_market_does_not_depend_on_its_neighbours_in_the_batch(method):
    random = np.random.default_rng(7)
    prices = 1.0 / (random.dirichlet([3, 2, 2], 500) * random.uniform(0.95, 1.2, (500, 1)))
    prices = np.maximum(prices, 1.01)
    whole = devig(prices, method)
    alone = np.array([devig(row, method) for row in prices])
    assert whole.tobytes() == alone.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_missing_prices_give_missing_probabilities_in_their_own_market_only(method):
    p = devig([THREE_WAY, [2.0, np.nan, 4.0]], method)
    assert np.isnan(p[1]).all()
    assert p[0].sum() == pytest.approx(1.0)


def test_any_shape_of_batch_is_kept():
    prices = np.tile(THREE_WAY, (4, 5, 1))
    assert devig(prices).shape == (4, 5, 3)


@given(prices=books(least=1.001))
def test_shin_agrees_with_the_shin_package(prices):
    expected = shin_package.calculate_implied_probabilities(prices, max_iterations=100_000)
    # The package iterates to a fixed point and may stop before it: then its figures do not sum to one.
    if abs(sum(expected) - 1.0) < 1e-10:
        assert devig(prices, "shin") == pytest.approx(expected, abs=1e-9)


def test_the_shin_package_reaches_its_fixed_point_on_ordinary_markets():
    random = np.random.default_rng(3)
    prices = 1.0 / (random.dirichlet([4, 3, 3], 500) * random.uniform(1.02, 1.12, (500, 1)))
    prices = np.clip(prices, 1.02, None)
    expected = [shin_package.calculate_implied_probabilities(row) for row in prices.tolist()]
    assert np.abs(devig(prices, "shin") - expected).max() < 1e-9


@pytest.mark.parametrize("market", GOLDEN["markets"], ids=lambda m: f"{len(m['prices'])}way")
def test_methods_agree_with_penaltyblog(market):
    for method in METHODS.keys() & market.keys():
        assert devig(market["prices"], method) == pytest.approx(market[method], abs=1e-9), method


@given(
    prices=st.lists(st.floats(1.2, 8.0), min_size=2, max_size=2).filter(lambda o: sum(1 / x for x in o) > 1)
)
def test_for_two_outcomes_shin_is_additive(prices):
    assert devig(prices, "shin") == pytest.approx(devig(prices, "additive"), abs=1e-9)


def test_power_odds_ratio_and_goto_satisfy_their_own_formulas():
    q = 1.0 / np.array(THREE_WAY)
    exponents = np.log(devig(THREE_WAY, "power")) / np.log(q)
    assert np.ptp(exponents) < 1e-12
    p = devig(THREE_WAY, "odds_ratio")
    ratios = (q / (1 - q)) / (p / (1 - p))
    assert np.ptp(ratios) < 1e-12
    errors = np.sqrt(1 - q)
    assert devig(THREE_WAY, "goto") == pytest.approx(q - errors * (q.sum() - 1) / errors.sum(), abs=1e-14)


@pytest.mark.parametrize("method", ["additive", "goto"])
def test_a_long_shot_is_not_pushed_below_a_tenth_of_its_multiplicative_probability(method):
    prices = [1.01, 21.0, 101.0, 501.0]
    floor = devig(prices, "multiplicative") * 0.1
    p = devig(prices, method)
    assert (p >= floor * (1 - 1e-12)).all()
    assert p.sum() == pytest.approx(1.0, abs=1e-14)


def test_power_takes_more_margin_from_long_shots_than_multiplicative_does():
    prices = [1.3, 5.5, 11.0]
    assert devig(prices, "power")[-1] < devig(prices, "multiplicative")[-1]


@pytest.mark.parametrize("method", METHODS)
@given(prices=books(least=0.8))
def test_one_market_alone_gets_the_same_probabilities_without_numpy(method, prices):
    assert devig_one(prices, method) == pytest.approx(devig(prices, method).tolist(), abs=1e-12)


@pytest.mark.parametrize("call", [devig, devig_one])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("price", [1.0, 0.5, 0.0, -2.0, float("inf")])
def test_a_price_that_cannot_be_is_refused(call, method, price):
    with pytest.raises(ValueError, match="above 1"):
        call([2.0, price], method)


@pytest.mark.parametrize("call", [devig, devig_one])
def test_an_unknown_method_too_few_outcomes_and_impossible_winners_are_refused(call):
    with pytest.raises(ValueError, match="unknown de-vig method 'sin'"):
        call([2.0, 2.0], "sin")
    with pytest.raises(ValueError, match="outcomes"):
        call([2.0])
    for winners in (0.0, 2.0, -1.0):
        with pytest.raises(ValueError, match="winners"):
            call([2.0, 2.0], winners=winners)


def test_a_streaming_price_that_is_missing_is_refused():
    with pytest.raises(ValueError, match="above 1"):
        devig_one([2.0, float("nan")])


def test_extreme_markets_still_converge():
    markets = [[1.0001, 1e6], [1.001, 1.001], [1e6, 1e6], [1.5] * 60, [1.01, 1000.0, 1e5, 1e6]]
    for prices in markets:
        for method in METHODS:
            p = devig(prices, method)
            assert p.sum() == pytest.approx(1.0, abs=1e-12), (prices, method)
            for shorter, longer in pairwise(p):
                assert shorter >= longer - 1e-12
