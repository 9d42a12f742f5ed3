import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets import outcomes_of
from domain.matching.turned import turned_market, turned_outcome, turned_outcomes
from domain.states import FOOTBALL
from domain.states.settlement import CORRECT_SCORES, payoff

MARKETS = ["1x2", "dc", "dnb", "ah:-0.75", "ah:0", "ou:2.5", "ou_home:1.5", "ou_away:0.5", "btts", "oe", "cs"]


@pytest.mark.parametrize("market", MARKETS)
def test_a_turned_bet_wins_on_the_turned_score_exactly_when_the_bet_wins_on_the_score(market):
    for outcome in outcomes_of(market) or CORRECT_SCORES:
        straight = payoff(FOOTBALL, market, outcome)
        turned = payoff(FOOTBALL, turned_market(market), turned_outcome(market, outcome))
        for one, other in zip(straight, turned, strict=True):
            assert (one.reshape(13, 13) == other.reshape(13, 13).T).all()


@given(st.sampled_from(MARKETS), st.floats(1.01, 100.0))
def test_turned_twice_is_as_it_was(market, price):
    prices = dict.fromkeys(outcomes_of(market) or CORRECT_SCORES, price)
    assert turned_market(turned_market(market)) == market
    assert turned_outcomes(turned_market(market), turned_outcomes(market, prices)) == prices


def test_what_is_not_known_stays():
    assert turned_market("first_scorer") == "first_scorer"
    assert turned_outcomes("first_scorer", {"kane": 4.0}) == {"kane": 4.0}
