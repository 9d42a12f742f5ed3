import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arbitrage.claims import claims
from domain.arbitrage.program import best_portfolio
from domain.ladder import round_down
from domain.margin import offer
from domain.markets import winners_of
from domain.risk import Position, tilted
from domain.states import compile_measure

MEASURE = compile_measure(
    "soccer", {"1x2": {"home": 0.5, "draw": 0.27, "away": 0.23}, "ou:2.5": {"over": 0.52, "under": 0.48}}
)
MARKETS = ("1x2", "ou:2.5", "ah:-0.5", "dnb", "btts", "dc")


def test_a_bet_on_one_market_moves_the_others_that_win_with_it():
    position = Position()
    position.take_at("1x2", "home", 2_000_000, 2.0)
    moved = tilted(MEASURE, position.by_state(MEASURE.space), 1e-7, max_move=1.0)
    assert moved.probability("ah:-0.5", "home") > MEASURE.probability("ah:-0.5", "home")
    assert moved.probability("dnb", "home") > MEASURE.probability("dnb", "home")
    assert moved.probability("1x2", "away") < MEASURE.probability("1x2", "away")


def test_no_set_of_scores_moves_beyond_the_bound():
    position = Position()
    position.take_at("1x2", "home", 10**9, 2.0)
    moved = tilted(MEASURE, position.by_state(MEASURE.space), 1e-4)
    assert np.maximum(moved.p - MEASURE.p, 0.0).sum() <= 0.05 + 1e-12
    assert moved.p.sum() == pytest.approx(1.0)


bets = st.lists(
    st.tuples(st.sampled_from([("1x2", "home"), ("ou:2.5", "over"), ("btts", "yes")]), st.integers(1, 10**7)),
    max_size=5,
)


@given(bets, st.sampled_from(["power", "additive", "shin"]))
@settings(max_examples=12, deadline=None)
def test_prices_of_the_tilted_measure_leave_no_arbitrage_whatever_the_book_holds(placed, method):
    position = Position()
    for (market, outcome), stake in placed:
        position.take_at(market, outcome, stake, 1.9)
    moved = tilted(MEASURE, position.by_state(MEASURE.space), 1e-6)
    rows, odds = [], []
    for market in MARKETS:
        by_outcome = moved.market(market)
        assert sum(by_outcome.values()) == pytest.approx(winners_of(market))
        prices = offer(list(by_outcome.values()), 1.01, method)
        rows += [(market, outcome) for outcome in by_outcome]
        odds += [round_down(price) for price in prices]
    speaks = claims("score", tuple(rows))
    assert best_portfolio(np.array(odds)[:, None] * speaks.win + speaks.refund).margin <= 1e-9
