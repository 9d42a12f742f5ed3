import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arbitrage.claims import claims
from domain.arbitrage.program import best_portfolio
from domain.ladder import round_down
from domain.price_bounds import PriceBounds


def certain_win(by_market):
    rows = [((market, outcome), price) for market, its in by_market.items() for outcome, price in its.items()]
    speaks = claims("score", tuple(row[0] for row in rows))
    odds = np.array([row[1] for row in rows])
    return best_portfolio(odds[:, None] * speaks.win + speaks.refund).margin


HOME = {"home": 2.05, "draw": 3.3, "away": 3.9}


def test_a_market_that_claims_the_same_at_a_longer_price_gives_way():
    own = {"home": 1.85, "away": 2.0}  # away +0.5 against home of 1x2: 1/2 + 1/2.05 < 1
    bounds = PriceBounds().of("soccer", "ah:-0.5", own, lambda: {"1x2": HOME})
    assert certain_win({"1x2": HOME, "ah:-0.5": own}) > 0
    kept = {outcome: round_down(min(price, bounds.get(outcome, price))) for outcome, price in own.items()}
    assert certain_win({"1x2": HOME, "ah:-0.5": kept}) <= 1e-9
    assert kept["home"] == 1.85


def test_prices_that_leave_nothing_are_left_alone():
    own = {"home": 1.9, "away": 1.8}
    assert PriceBounds().of("soccer", "ah:-0.5", own, lambda: {"1x2": HOME}) == {}


def test_the_others_are_asked_only_when_the_kept_probabilities_do_not_do():
    asked = []

    def others():
        asked.append(1)
        return {"1x2": HOME, "ah:-0.5": {"home": 1.9, "away": 1.8}}

    kept = PriceBounds()
    for step in range(20):
        assert kept.of("soccer", "ah:-0.5", {"home": 1.9 - step / 1000, "away": 1.8}, others) == {}
    assert len(asked) == 1


def test_a_sport_whose_scores_settle_nothing_has_no_bounds():
    assert PriceBounds().of("chess", "winner", {"a": 3.0, "b": 3.0}, dict) == {}


def test_an_arbitrage_that_a_trader_makes_elsewhere_holds_no_market_up():
    others = {"1x2": HOME, "dc": {"home_draw": 1.2, "home_away": 1.3, "draw_away": 9.0}}
    assert PriceBounds().of("soccer", "ou:2.5", {"over": 1.9, "under": 1.9}, lambda: others) == {}


@given(st.lists(st.floats(-0.2, 0.2), min_size=8, max_size=8))
@settings(max_examples=15, deadline=None)
def test_whatever_order_markets_are_priced_in_no_arbitrage_stands(noise):
    fair = {
        "1x2": {"home": 2.0, "draw": 3.5, "away": 4.2},
        "ah:-0.5": {"home": 2.0, "away": 1.9},
        "dnb": {"home": 1.5, "away": 2.8},
    }
    kept, standing = PriceBounds(), {}
    shift = iter(noise)
    for market, its in fair.items():
        own = {outcome: round_down(price * (1 + next(shift))) for outcome, price in its.items()}
        if sum(1 / price for price in own.values()) < 1.01:
            continue
        bounds = kept.of("soccer", market, own, lambda: standing)
        standing[market] = {o: round_down(min(price, bounds.get(o, price))) for o, price in own.items()}
        assert certain_win(standing) == pytest.approx(min(0, certain_win(standing)), abs=1e-8)
