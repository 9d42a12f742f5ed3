"""Closing line value and when a bet is marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clv import clv, due


def test_clv_is_the_expected_profit_of_a_unit_stake():
    assert clv(2.1, 0.5) == pytest.approx(0.05)
    assert clv(2.0, 0.5) == 0
    assert clv(1.9, 0.5) == pytest.approx(-0.05)


def test_a_bet_well_before_the_start_is_marked_at_each_horizon_and_at_the_close():
    assert due(1_000, 1_000_000) == [
        ("10s", 11_000),
        ("60s", 61_000),
        ("300s", 301_000),
        ("close", 1_000_000),
    ]


def test_a_horizon_that_falls_on_or_after_the_start_gives_way_to_the_close():
    assert due(0, 60_000) == [("10s", 10_000), ("close", 60_000)]
    assert due(0, 5_000) == [("close", 5_000)]


@pytest.mark.parametrize("start_ms", [None, 0, 1_000], ids=["unknown", "before", "now"])
def test_a_bet_without_a_close_ahead_gets_the_short_horizons_alone(start_ms):
    assert [name for name, _ in due(1_000, start_ms)] == ["10s", "60s", "300s"]


@given(st.integers(0, 10**13), st.one_of(st.none(), st.integers(0, 10**13)))
def test_marks_come_after_the_bet_in_order_of_time(bet_ms, start_ms):
    times = [at_ms for _, at_ms in due(bet_ms, start_ms)]
    assert times == sorted(set(times))
    assert all(at_ms > bet_ms for at_ms in times)
