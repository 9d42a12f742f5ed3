import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dynamic_margin import confidence_of
from domain.kelly import kelly_limit
from domain.risk import event_room
from domain.states import FOOTBALL
from domain.states.settlement import payoff


def test_a_bettor_gets_a_share_of_the_bank_in_proportion_to_the_books_edge_on_him():
    assert kelly_limit(100_000_000, -0.04, share=0.25) == 1_000_000
    assert kelly_limit(100_000_000, -0.02, share=0.25) == 500_000
    assert kelly_limit(100_000_000, 0.01) == 0


def test_few_books_and_books_that_disagree_take_from_the_limit():
    assert confidence_of(8, 0.0) == confidence_of(20, 0.0) == 1.0
    assert confidence_of(4, 0.0) == 0.5
    assert confidence_of(8, 0.03) == pytest.approx(0.5)
    assert confidence_of(0, 0.0) == 0.0


@given(
    st.lists(st.integers(-1_000_000, 1_000_000), min_size=169, max_size=169),
    st.sampled_from([("1x2", "home"), ("ah:-0.25", "away"), ("ou:2.75", "over"), ("ah:0", "home")]),
    st.floats(1.05, 12.0),
    st.integers(0, 2_000_000),
)
@settings(max_examples=40)
def test_the_room_is_the_largest_stake_that_keeps_the_worst_state_within_the_limit(
    profits, selection, price, limit
):
    book = np.array(profits, dtype=float)
    win, refund = payoff(FOOTBALL, *selection)
    room = event_room(book, win, refund, price, limit)
    allowed = max(limit, -book.min())
    costs = win * price + refund - 1.0
    assert -(book - room * costs).min() <= allowed + 1e-3
    assert -(book - (room + 1) * costs).min() > allowed - 1e-3
