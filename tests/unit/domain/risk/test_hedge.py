import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.risk import Position, Venue, hedge
from domain.states import FOOTBALL, compile_measure
from domain.states.board import football_board
from domain.states.settlement import payoff

MEASURE = compile_measure("soccer", {"1x2": {"home": 0.5, "draw": 0.27, "away": 0.23}})
TWENTY = [
    Venue("other", market, outcome, 0.97 / MEASURE.probability(market, outcome), 10**9)
    for market, outcome in football_board().selections[:20]
]


def test_a_one_sided_book_is_hedged_on_the_side_that_it_loses():
    position = Position()
    position.take_at("1x2", "home", 100_000, 2.0)
    found = hedge(position.by_state(FOOTBALL), FOOTBALL, [Venue("other", "1x2", "home", 2.1, 10**9)])
    [leg] = found.legs
    # W: -100,000 on home and +100,000 else; x (2.1 - 1) on home and -x else: equal at x = 200,000 / 2.1
    assert leg.stake == int(200_000 / 2.1)
    assert found.before == 100_000
    assert found.after == pytest.approx(-100_000 + 200_000 / 2.1, abs=2)
    assert found.after < 0  # the hedge was cheaper than the bet: a profit is locked in


def test_the_venues_limit_is_kept_and_the_cheaper_venue_comes_first():
    position = Position()
    position.take_at("1x2", "home", 100_000, 2.0)
    dear, cheap = Venue("dear", "1x2", "home", 1.9, 10**9), Venue("cheap", "1x2", "home", 2.0, 30_000)
    found = hedge(position.by_state(FOOTBALL), FOOTBALL, [dear, cheap], MEASURE.p)
    assert {leg.venue.book: leg.stake for leg in found.legs}["cheap"] == 30_000
    assert found.after < found.before


def test_nothing_is_suggested_where_no_bet_helps():
    assert hedge(np.zeros(len(FOOTBALL)), FOOTBALL, TWENTY, MEASURE.p).legs == ()
    assert hedge(np.full(len(FOOTBALL), -5.0), FOOTBALL, []).legs == ()


@given(st.lists(st.integers(-(10**6), 10**6), min_size=169, max_size=169))
@settings(max_examples=10, deadline=None)
def test_the_worst_case_after_the_hedge_is_as_stated_and_no_single_bet_does_better(profits):
    book = np.array(profits, dtype=float)
    found = hedge(book, FOOTBALL, TWENTY, MEASURE.p)
    after = book.copy()
    for leg in found.legs:
        win, refund = payoff(FOOTBALL, leg.venue.market, leg.venue.outcome)
        after += leg.stake * (leg.venue.price * win + refund - 1.0)
    assert -after.min() == pytest.approx(found.after, abs=1)
    for venue in TWENTY:
        win, refund = payoff(FOOTBALL, venue.market, venue.outcome)
        for stake in (1_000, 100_000):
            assert -(book + stake * (venue.price * win + refund - 1.0)).min() >= found.after - 2_500


def test_a_hedge_of_twenty_offers_takes_under_ten_milliseconds():
    book = np.random.default_rng(1).normal(0, 1e5, len(FOOTBALL))
    hedge(book, FOOTBALL, TWENTY, MEASURE.p)
    times = []
    for _ in range(15):
        start = time.process_time()
        hedge(book, FOOTBALL, TWENTY, MEASURE.p)
        times.append(time.process_time() - start)
    assert min(times) < 0.010
