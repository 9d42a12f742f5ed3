import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.devig import devig
from domain.ladder import BETFAIR, TWO_DECIMALS
from domain.margin import MARGINS, offer, realised_overround


@st.composite
def measures(draw, least=2, most=30):
    weights = draw(st.lists(st.floats(0.02, 1.0), min_size=least, max_size=most))
    return [weight / sum(weights) for weight in weights]


@pytest.mark.parametrize("method", MARGINS)
@given(probabilities=measures(), overround=st.floats(1.0, 1.3))
def test_inverse_prices_sum_to_the_overround_and_no_price_is_too_short(method, probabilities, overround):
    prices = offer(probabilities, overround, method)
    assert realised_overround(prices) == pytest.approx(overround, abs=1e-9)
    assert min(prices) >= 1.001 * (1 - 1e-12)


@pytest.mark.parametrize("method", MARGINS)
@given(probabilities=measures(most=12), overround=st.floats(1.005, 1.15))
def test_taking_the_margin_out_again_gives_the_probabilities_back(method, probabilities, overround):
    prices = offer(probabilities, overround, method)
    # A capped favourite, or a long shot at the floor of the de-vig, is not invertible.
    if min(prices) > 1.0011 and min(probabilities) > 0.2 * overround / len(probabilities):
        assert devig(prices, method) == pytest.approx(probabilities, abs=1e-9)


@pytest.mark.parametrize("ladder", [TWO_DECIMALS, BETFAIR])
@given(probabilities=measures(most=12), overround=st.floats(1.02, 1.2))
def test_on_a_ladder_the_operator_keeps_at_least_the_margin_asked_for(ladder, probabilities, overround):
    exact = offer(probabilities, overround)
    shown = offer(probabilities, overround, ladder=ladder)
    if min(exact) >= ladder.lowest and max(exact) <= ladder.highest:
        assert realised_overround(shown) >= overround - 1e-8
        assert all(low <= high * (1 + 1e-9) for low, high in zip(shown, exact, strict=True))


def test_power_charges_the_long_shot_more():
    favourite, long_shot = (p * price for p, price in zip((0.9, 0.1), offer([0.9, 0.1], 1.05), strict=True))
    assert long_shot < favourite < 1


def test_two_winners_double_the_sum():
    prices = offer([0.7, 0.7, 0.6], 1.05)
    assert realised_overround(prices) == pytest.approx(2.1)
    assert devig(prices, winners=2) == pytest.approx([0.7, 0.7, 0.6], abs=1e-9)


@pytest.mark.parametrize("method", MARGINS)
def test_a_near_certain_favourite_is_held_at_1_001_and_the_rest_bears_the_margin(method):
    prices = offer([0.9995, 0.0005], 1.1, method)
    assert realised_overround(prices) == pytest.approx(1.1)
    assert prices[0] >= 1.001 * (1 - 1e-12)
    assert prices[1] < 1 / 0.0005


@pytest.mark.parametrize("probabilities", [[0.0, 1.0], [1.2, -0.2], [float("nan"), 0.5]])
def test_what_is_no_probability_is_not_priced(probabilities):
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        offer(probabilities, 1.05)


@pytest.mark.parametrize("overround", [0.0, 2.0, -1.0, float("nan")])
def test_an_overround_that_no_prices_reach_is_refused(overround):
    with pytest.raises(ValueError, match="overround"):
        offer([0.5, 0.5], overround)


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="unknown margin method 'sin'"):
        offer([0.5, 0.5], 1.05, "sin")
