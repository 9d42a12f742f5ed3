import pytest

from domain.risk import Accumulator, Leg, carried

A, B, C = (Leg(event, "1x2", "home", price) for event, price in (("a", 2.0), ("b", 3.0), ("c", 1.5)))
BET = Accumulator(1_000, (A, B, C))
P = {A: 0.5, B: 0.3, C: 0.7}


def test_each_open_event_gets_the_stake_with_the_other_legs_at_their_means():
    found = {one.leg: one for one in carried(BET, P)}
    assert found[A].stake == pytest.approx(1_000 * (3.0 * 0.3) * (1.5 * 0.7))
    assert found[A].payout == pytest.approx(9_000 * 0.3 * 0.7)
    assert found[C].payout == pytest.approx(9_000 * 0.5 * 0.3)


def test_won_legs_multiply_what_stands_on_the_rest():
    [last] = carried(BET, P, won=(A, B))
    assert (last.leg, last.stake, last.payout) == (C, 6_000.0, 9_000.0)


def test_a_lost_leg_leaves_nothing_to_carry():
    assert carried(BET, P, won=(A,), lost=(B,)) == []


def test_what_is_carried_costs_the_book_what_the_bet_costs_on_average():
    for one in carried(BET, P):
        assert one.payout * P[one.leg] == pytest.approx(9_000 * 0.5 * 0.3 * 0.7)
