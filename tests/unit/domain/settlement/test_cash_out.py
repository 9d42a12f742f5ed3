"""What a bet is worth now, and what is offered for it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.settlement import LOST, VOID, WON, Graded, bet_payout
from domain.settlement.cash_out import OpenLeg, cash_out, fair_value


def test_a_bet_at_a_fair_price_is_worth_its_stake():
    assert fair_value("single", 1_000, [OpenLeg(2.0, None, 0.5)]) == 1_000
    assert fair_value("multiple", 1_000, [OpenLeg(2.0, None, 0.5), OpenLeg(4.0, None, 0.25)]) == 1_000


def test_a_leg_that_has_won_makes_the_rest_worth_its_return():
    legs = [OpenLeg(2.0, WON, None), OpenLeg(4.0, None, 0.5)]
    assert fair_value("multiple", 1_000, legs) == 4_000


def test_a_leg_that_has_lost_makes_its_lines_worthless_whoever_else_is_unknown():
    legs = [OpenLeg(2.0, LOST, None), OpenLeg(4.0, None, None), OpenLeg(3.0, None, 0.5)]
    assert fair_value("multiple", 900, legs) == 0
    assert fair_value("2-of-3", 900, legs) is None


def test_an_open_leg_without_a_probability_has_no_value():
    assert fair_value("single", 1_000, [OpenLeg(2.0, None, None)]) is None


def test_a_same_game_multiple_is_not_valued_as_if_its_legs_were_independent():
    with pytest.raises(ValueError, match="independent"):
        fair_value("same_game", 1_000, [OpenLeg(2.0, None, 0.5)] * 2)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(110, 900), st.sampled_from([WON, LOST, VOID])), min_size=4, max_size=4),
    st.sampled_from(["multiple", "yankee", "lucky15", "2-of-4"]),
    st.integers(1, 500),
)
def test_when_all_legs_are_graded_the_value_is_the_payout_but_for_its_rounding(legs, kind, units):
    stake = units * 330  # shared equally by 1, 6, 11 and 15 lines
    value = fair_value(kind, stake, [OpenLeg(price / 100, grade, None) for price, grade in legs])
    paid = bet_payout(kind, stake, [Graded(price / 100, grade) for price, grade in legs])
    assert value is not None
    assert paid - 1e-3 <= value < paid + 15


def test_an_offer_keeps_the_margin_and_is_rounded_down():
    assert cash_out(1_000.0, 0.05) == 950
    assert cash_out(1_001.0, 0.05, 0.5) == 475
    assert cash_out(3_000.0, 1.0) == 0
