import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets import TYPES
from domain.states.settlement import RULES, payoff
from domain.states.space import FOOTBALL, TENNIS_3

lines = st.integers(-20, 20).map(lambda quarters: quarters / 4)


def paid(market, outcome, home, away):
    """What wins and what is refunded at one score."""
    win, refund = payoff(FOOTBALL, market, outcome)
    place = home * 13 + away
    return win[place], refund[place]


@pytest.mark.parametrize(
    ("market", "outcome", "score", "expected"),
    [
        ("1x2", "draw", (1, 1), (1, 0)),
        ("1x2", "home", (1, 1), (0, 0)),
        ("dc", "home_draw", (1, 1), (1, 0)),
        ("dc", "home_away", (1, 1), (0, 0)),
        ("dnb", "home", (1, 1), (0, 1)),
        ("ah:-1", "home", (2, 1), (0, 1)),
        ("ah:-1", "away", (2, 1), (0, 1)),
        ("ah:-0.75", "home", (1, 0), (0.5, 0.5)),
        ("ah:-0.75", "away", (1, 0), (0, 0.5)),
        ("ah:-0.25", "home", (0, 0), (0, 0.5)),
        ("ah:-0.25", "away", (0, 0), (0.5, 0.5)),
        ("ah:0.25", "home", (0, 0), (0.5, 0.5)),
        ("ou:2.5", "over", (2, 1), (1, 0)),
        ("ou:3", "under", (2, 1), (0, 1)),
        ("ou:2.75", "over", (2, 1), (0.5, 0.5)),
        ("ou:2.75", "under", (2, 1), (0, 0.5)),
        ("ou_home:1.5", "over", (2, 0), (1, 0)),
        ("ou_away:1", "under", (5, 1), (0, 1)),
        ("btts", "yes", (3, 1), (1, 0)),
        ("btts", "no", (3, 0), (1, 0)),
        ("oe", "odd", (2, 1), (1, 0)),
        ("oe", "even", (0, 0), (1, 0)),
        ("cs", "2-1", (2, 1), (1, 0)),
        ("cs", "2-1", (1, 2), (0, 0)),
    ],
)
def test_bets_are_settled_as_the_rules_of_the_trade_say(market, outcome, score, expected):
    assert paid(market, outcome, *score) == expected


@given(line=lines)
def test_two_sides_of_a_line_share_every_state_out_between_them(line):
    for market, sides in ((f"ah:{line:g}", ("home", "away")), (f"ou:{abs(line):g}", ("over", "under"))):
        first, second = (payoff(FOOTBALL, market, side) for side in sides)
        assert (first.refund == second.refund).all()
        assert np.allclose(first.win + second.win + first.refund, 1.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ah:-0.5", "home"), ("1x2", "home")),
        (("ah:0.5", "home"), ("dc", "home_draw")),
        (("ah:-0.5", "away"), ("dc", "draw_away")),
        (("ah:0", "home"), ("dnb", "home")),
        (("ou_home:0.5", "under"), ("ou_home:0.5", "under")),
    ],
)
def test_equal_claims_are_equal_in_every_state(one, other):
    first, second = payoff(FOOTBALL, *one), payoff(FOOTBALL, *other)
    assert (first.win == second.win).all() and (first.refund == second.refund).all()


def test_every_rule_belongs_to_a_market_type():
    assert RULES.keys() <= TYPES.keys()


def test_sets_settle_the_same_markets():
    assert payoff(TENNIS_3, "ou:2.5", "over").win.tolist() == [0, 1, 0, 1]
    assert payoff(TENNIS_3, "cs", "2-0").win.tolist() == [1, 0, 0, 0]
    assert payoff(TENNIS_3, "ml", "home").refund.sum() == 0


@pytest.mark.parametrize(
    ("market", "outcome"),
    [("1x2", "x"), ("corners:9.5", "over"), ("cs", "two-one"), ("cs", "21"), ("ou:x", "over")],
)
def test_what_scores_do_not_settle_is_refused(market, outcome):
    with pytest.raises(ValueError):
        payoff(FOOTBALL, market, outcome)
