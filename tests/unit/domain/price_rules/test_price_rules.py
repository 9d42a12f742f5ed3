import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ladder import BETFAIR
from domain.price_rules import PRICE_RULES, PriceQuestion
from domain.price_rules.as_short_as import AsShortAs
from domain.price_rules.largest_move import LargestMove
from domain.price_rules.market_arbitrage import MarketArbitrage
from domain.price_rules.on_ladder import OnLadder
from domain.price_rules.smallest_move import SmallestMove
from schemas import PriceBasis, PriceRules


def question(*, standing=None, seconds=1.0, basis=None, **rules):
    return PriceQuestion(PriceRules(**rules), basis or PriceBasis(), standing or {}, seconds)


def test_a_price_moves_no_more_than_its_share_per_second_and_goes_on_from_there():
    asked = question(standing={"home": 2.0, "away": 2.0}, seconds=2.0, max_move=0.05)
    held = LargestMove().apply({"home": 3.0, "away": 1.5}, asked)
    assert held == {"home": pytest.approx(2.2), "away": pytest.approx(2.0 / 1.1)}
    later = question(standing=held, seconds=10.0, max_move=0.05)
    assert LargestMove().apply({"home": 3.0, "away": 1.5}, later) == {"home": 3.0, "away": 1.5}


def test_the_ladder_is_the_operators():
    assert OnLadder().apply({"home": 2.139}, question(ladder="betfair")) == {"home": 2.12}
    assert OnLadder().apply({"home": 2.139}, question()) == {"home": 2.13}


def test_moves_below_the_least_number_of_ticks_leave_the_market_as_it_is():
    standing = {"home": 2.0, "away": 1.9}
    asked = question(standing=standing, min_ticks=3)
    assert SmallestMove().apply({"home": 2.02, "away": 1.88}, asked) == standing
    moved = {"home": 2.03, "away": 1.88}
    assert SmallestMove().apply(moved, asked) == moved


def test_no_price_is_longer_than_a_followed_books():
    asked = question(basis=PriceBasis(followed={"home": 1.95}), as_short_as=["rival"])
    assert AsShortAs().apply({"home": 2.0, "away": 2.1}, asked) == {"home": 1.95, "away": 2.1}


prices = st.fixed_dictionaries({name: st.floats(1.05, 20.0) for name in ("home", "draw", "away")})


@given(own=prices, rival=prices, bearable=st.floats(0.0, 0.1))
@settings(max_examples=60)
def test_what_bettors_win_for_sure_against_the_market_stays_within_what_is_borne(own, rival, bearable):
    asked = question(basis=PriceBasis(market=rival), max_arbitrage=bearable)
    kept = MarketArbitrage().apply(OnLadder().apply(own, asked), asked)
    best = {name: max(kept[name], rival[name]) for name in own}
    of_others_alone = sum(1 / price for price in rival.values())
    least = min(1 / (1 + bearable), of_others_alone)
    assert sum(1 / price for price in best.values()) >= least - 1e-9
    assert all(kept[name] <= own[name] * (1 + 1e-9) for name in own)  # the ladder forgives what floats leave


@given(own=prices, rival=prices)
@settings(max_examples=30)
def test_prices_that_make_no_arbitrage_are_left_alone(own, rival):
    asked = question(basis=PriceBasis(market=rival), max_arbitrage=0.0)
    if sum(1 / max(own[name], rival[name]) for name in own) >= 1:
        assert MarketArbitrage().apply(own, asked) == own


@given(own=prices, rival=prices, bound=st.floats(1.05, 20.0))
@settings(max_examples=40, deadline=None)
def test_after_all_rules_prices_are_rungs_and_within_every_bound(own, rival, bound):
    basis = PriceBasis(market=rival, followed=rival, bounds={"draw": bound})
    asked = question(basis=basis, max_arbitrage=0.0, ladder="betfair", as_short_as=["rival"], min_ticks=2)
    kept = own
    for rule in PRICE_RULES:
        kept = rule.apply(kept, asked)
    assert all(BETFAIR.round_down(price) == price for price in kept.values())
    forgiven = 1 + 1e-9  # the ladder forgives what floats leave
    assert kept["draw"] <= max(bound, BETFAIR.lowest) * forgiven
    assert all(kept[name] <= max(rival[name], BETFAIR.lowest) * forgiven for name in kept)
