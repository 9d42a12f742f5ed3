import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.risk import Position, lotteries
from domain.states import FOOTBALL, Measure
from domain.states.settlement import payoff

SELECTIONS = [
    ("1x2", "home"),
    ("1x2", "away"),
    ("ou:2.5", "over"),
    ("ah:-0.25", "home"),
    ("ah:0", "away"),
    ("cs", "2-1"),
]
bets = st.lists(
    st.tuples(st.sampled_from(SELECTIONS), st.integers(1, 10**7), st.integers(101, 2000)),
    max_size=12,
)
EVEN = Measure(FOOTBALL, np.full(len(FOOTBALL), 1 / len(FOOTBALL)))


@given(bets)
@settings(max_examples=40)
def test_the_profit_by_state_is_what_settling_each_bet_in_it_gives(placed):
    position = Position()
    naive = np.zeros(len(FOOTBALL))
    for (market, outcome), stake, hundredths in placed:
        position.take(market, outcome, stake, stake * hundredths // 100)
        win, refund = payoff(FOOTBALL, market, outcome)
        naive += stake - refund * stake - win * (stake * hundredths // 100)
    assert position.by_state(FOOTBALL) == pytest.approx(naive, abs=1e-3)


@given(bets)
@settings(max_examples=40)
def test_what_is_released_leaves_the_position_as_it_was(placed):
    position = Position()
    position.take("1x2", "draw", 500, 1_700)
    for (market, outcome), stake, hundredths in placed:
        position.take(market, outcome, stake, stake * hundredths // 100)
    for (market, outcome), stake, hundredths in reversed(placed):
        position.release(market, outcome, stake, stake * hundredths // 100)
    only = Position()
    only.take("1x2", "draw", 500, 1_700)
    assert position == only


def test_more_than_is_held_is_not_released():
    position = Position()
    position.take("1x2", "home", 100, 200)
    with pytest.raises(ValueError, match="not held"):
        position.release("1x2", "home", 101, 200)


def test_bets_that_cannot_both_win_are_not_added_up():
    position = Position()
    position.take_at("1x2", "home", 1_000, 3.0)
    position.take_at("ou:2.5", "under", 1_000, 3.0)
    position.take_at("1x2", "away", 1_000, 3.0)
    [joint] = lotteries(position, EVEN, {})
    assert joint.worst_case == 2 * 3_000 - 3_000
    apart = lotteries(position, None, {})
    assert sum(one.worst_case for one in apart) == 3_000 - 2_000 + 2_000


def test_markets_without_scores_stand_by_themselves_with_their_fair_probabilities():
    position = Position()
    position.take_at("1x2", "home", 1_000, 2.0)
    position.take_at("first_scorer", "smith", 500, 6.0)
    scored, scorer = lotteries(position, EVEN, {"first_scorer": {"smith": 0.2, "jones": 0.8}})
    assert len(scored.p) == len(FOOTBALL)
    assert scorer.worst_case == 2_500
    assert scorer.expected == pytest.approx(500 - 0.2 * 3_000)
    assert scorer.variance == pytest.approx(0.2 * 0.8 * 3_000**2)


def test_an_unknown_market_can_also_end_without_the_outcomes_that_were_bet_on():
    position = Position()
    position.take_at("first_scorer", "smith", 500, 6.0)
    [one] = lotteries(position, None, {})
    assert sorted(one.profit) == [-2_500.0, 500.0]
