"""Same-game multiples: priced from the joint score states."""

import numpy as np
import pytest

from domain.bets import same_game_price
from domain.states import FOOTBALL, Measure
from domain.states.families import FAMILIES


def measure():
    p, _ = FAMILIES["soccer"].at(np.array([0.4, 0.1, -0.05]))
    return Measure(FOOTBALL, p)


def test_legs_that_go_together_are_shorter_than_their_product():
    found = measure()
    legs = [("1x2", "home"), ("ou_home:1.5", "over")]
    alone = 1.0
    for leg in legs:
        alone *= 1 / found.probability(*leg)
    assert same_game_price(found, legs, [1.0, 1.0]) < 0.8 * alone


def test_a_leg_that_another_implies_adds_nothing_but_its_margin():
    found = measure()
    price = same_game_price(found, [("cs", "2-1"), ("btts", "yes")], [1.0, 1.05])
    assert price == pytest.approx(1 / found.probability("cs", "2-1") / 1.05)


def test_legs_that_exclude_each_other_have_no_price():
    assert same_game_price(measure(), [("1x2", "home"), ("1x2", "away")], [1.05, 1.05]) is None


def test_a_leg_that_can_be_refunded_is_refused():
    with pytest.raises(ValueError, match="refunded"):
        same_game_price(measure(), [("1x2", "home"), ("ah:0", "home")], [1.05, 1.05])
