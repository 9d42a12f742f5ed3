import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from domain.devig import devig
from domain.margin import offer
from domain.states import FOOTBALL, compile_measure, football_board
from domain.states.compile import targets_of
from domain.states.families import FAMILIES
from domain.states.fit import fit_family, said, tilt
from domain.states.measure import Measure
from domain.states.settlement import payoff

MARKETS = ("1x2", "ou:2.5", "ou:3", "ah:-0.5", "ah:-0.75", "btts")
rates = st.tuples(st.floats(-0.7, 1.1), st.floats(-0.9, 0.9), st.floats(-0.12, 0.05))


def quoted_by(p, markets=MARKETS, space=FOOTBALL):
    return {market: Measure(space, p).market(market) for market in markets}


@pytest.mark.parametrize("sport", FAMILIES)
@given(data=st.data())
def test_slopes_are_those_of_the_measure(sport, data):
    family = FAMILIES[sport]
    x = np.array(
        [
            start + data.draw(st.floats(-0.3, 0.3)) * (0.2 if i == 2 else 1)
            for i, start in enumerate(family.start)
        ]
    )
    p, slopes = family.at(x)
    assert p.sum() == pytest.approx(1.0) and (p >= 0).all()
    for place in range(len(x)):
        nudge = np.zeros(len(x))
        nudge[place] = 1e-6
        numeric = (family.at(x + nudge)[0] - family.at(x - nudge)[0]) / 2e-6
        assert np.abs(numeric - slopes[place]).max() < 1e-7


@given(truth=rates)
def test_quotes_of_a_measure_of_the_family_give_it_back(truth):
    family = FAMILIES["soccer"]
    p, _ = family.at(np.array(truth))
    found, fitted = fit_family(family, targets_of(family, quoted_by(p), {}))
    assert found[:2] == pytest.approx(truth[:2], abs=0.03)
    assert np.abs(fitted - p).max() < 0.004


@pytest.mark.parametrize("sport", ["hockey", "baseball", "tennis", "tennis_5"])
def test_other_sports_are_fitted_to_their_own_markets(sport):
    family = FAMILIES[sport]
    total, handicap = {
        "hockey": (6.5, -1.5),
        "baseball": (8.5, -1.5),
        "tennis": (2.5, -1.5),
        "tennis_5": (3.5, -1.5),
    }[sport]
    markets = ("ml", f"ou:{total}", f"ah:{handicap}")
    p, _ = family.at(np.array(family.start) + np.linspace(0.2, -0.1, len(family.start)))
    quotes = quoted_by(p, markets, family.space)
    measure = compile_measure(sport, quotes)
    for market, by_outcome in quotes.items():
        assert measure.market(market) == pytest.approx(by_outcome, abs=1e-3)
    level = family.space.home == family.space.away
    assert measure.p[level].sum() == 0.0


@given(truth=rates, noise=st.lists(st.floats(-0.01, 0.01), min_size=6, max_size=6))
def test_the_tilt_comes_nearer_to_quotes_than_the_family_and_stays_a_measure(truth, noise):
    family = FAMILIES["soccer"]
    quotes = quoted_by(family.at(np.array(truth))[0])
    for (market, by_outcome), off in zip(quotes.items(), noise, strict=True):
        first = next(iter(by_outcome))
        moved = min(max(by_outcome[first] + off, 0.02), 0.98)
        rest = (1 - moved) / (1 - by_outcome[first])
        quotes[market] = {
            outcome: moved if outcome == first else p * rest for outcome, p in by_outcome.items()
        }
    targets = targets_of(family, quotes, {})
    _, prior = fit_family(family, targets)
    p = tilt(prior, targets)
    assert p.sum() == pytest.approx(1.0) and (p > 0).all()
    before, after = (np.abs(said(targets, measure) - targets.probabilities) for measure in (prior, p))
    assert (after**2).sum() <= (before**2).sum() + 1e-9


def test_quotes_that_agree_are_met_and_the_nearest_such_measure_is_taken():
    family = FAMILIES["soccer"]
    prior, _ = family.at(np.array([0.3, 0.1, -0.05]))
    other, _ = family.at(np.array([0.5, 0.0, 0.02]))
    quotes = quoted_by(other, ("1x2", "ou:2.5"))
    targets = targets_of(family, quotes, {"1x2": 1e-7, "ou:2.5": 1e-7})
    p = tilt(prior, targets)
    assert said(targets, p) == pytest.approx(targets.probabilities, abs=1e-7)

    def entropy(measure):
        return float(measure @ np.log(measure / prior))

    # Pythagoras: any other measure that meets the quotes is farther from the prior, by its distance to p.
    assert entropy(other) == pytest.approx(entropy(p) + float(other @ np.log(other / p)), abs=1e-6)


def test_quotes_that_contradict_each_other_are_met_half_way():
    measure = compile_measure(
        "soccer", {"1x2": {"home": 0.50, "draw": 0.27, "away": 0.23}, "ah:-0.5": {"home": 0.54, "away": 0.46}}
    )
    assert measure.probability("1x2", "home") == pytest.approx(0.52, abs=0.006)
    assert measure.probability("ah:-0.5", "home") == measure.probability("1x2", "home")


def test_a_market_may_be_trusted_more_than_another():
    quotes = {"1x2": {"home": 0.50, "draw": 0.27, "away": 0.23}, "ah:-0.5": {"home": 0.54, "away": 0.46}}
    measure = compile_measure("soccer", quotes, {"ah:-0.5": 0.02})
    assert measure.probability("1x2", "home") == pytest.approx(0.50, abs=0.002)


@settings(max_examples=25)
@given(truth=rates, seed=st.integers(0, 1000))
def test_no_stakes_on_any_fair_prices_win_in_every_state(truth, seed):
    measure = compile_measure("soccer", quoted_by(FAMILIES["soccer"].at(np.array(truth))[0]))
    board = football_board()
    probabilities = board.probabilities(measure.p)
    offered = np.flatnonzero((probabilities > 1e-3) & (probabilities < 0.999))
    chosen = np.random.default_rng(seed).choice(offered, 30, replace=False)
    fair = 1.0 / probabilities[chosen]
    profit = np.array(
        [
            pay.win * price + pay.refund - 1.0
            for price, pay in zip(fair, (payoff(FOOTBALL, *board.selections[i]) for i in chosen), strict=True)
        ]
    )
    assert np.abs(profit @ measure.p).max() < 1e-9
    n, states = profit.shape
    # max t with sum x_j profit_j(s) >= t in all states, x >= 0, sum x = 1
    found = linprog(
        c=[*np.zeros(n), -1.0],
        A_ub=np.column_stack([-profit.T, np.ones(states)]),
        b_ub=np.zeros(states),
        A_eq=[[*np.ones(n), 0.0]],
        b_eq=[1.0],
        bounds=[(0, 1)] * n + [(None, None)],
    )
    assert -found.fun <= 1e-9


def test_the_board_says_what_the_measure_says():
    measure = compile_measure("soccer", quoted_by(FAMILIES["soccer"].at(np.array([0.4, 0.1, -0.05]))[0]))
    board = football_board()
    assert len(board) >= 300
    for selection, p in zip(board.selections, board.probabilities(measure.p), strict=True):
        assert p == pytest.approx(measure.probability(*selection), abs=1e-12)


def test_combinations_are_sums_over_states():
    measure = compile_measure("soccer", quoted_by(FAMILIES["soccer"].at(np.array([0.4, 0.1, -0.05]))[0]))
    both = measure.combination([("1x2", "home"), ("ou:2.5", "over")])
    apart = measure.probability("1x2", "home") * measure.probability("ou:2.5", "over")
    assert both > apart
    assert measure.combination([("1x2", "home"), ("1x2", "away")]) == 0.0
    assert measure.combination([("1x2", "home"), ("ah:-0.5", "home")]) == pytest.approx(
        measure.probability("1x2", "home")
    )
    with pytest.raises(ValueError, match="can be refunded"):
        measure.combination([("1x2", "home"), ("ou:3", "over")])


def test_two_way_prices_of_a_whole_line_are_read_as_among_the_bets_that_stand():
    p, _ = FAMILIES["soccer"].at(np.array([0.4, 0.1, -0.05]))
    fair = Measure(FOOTBALL, p).market("ou:3")
    assert sum(fair.values()) == pytest.approx(1.0)
    assert devig(offer(list(fair.values()), 1.05)) == pytest.approx(list(fair.values()), abs=1e-9)


def test_an_event_without_a_market_on_scores_has_no_measure():
    assert compile_measure("soccer", {}) is None
    assert compile_measure("soccer", {"corners:9.5": {"over": 0.5, "under": 0.5}}) is None
    with pytest.raises(KeyError):
        compile_measure("curling", {"ml": {"home": 0.5, "away": 0.5}})


def test_a_bet_that_is_always_refunded_has_no_price():
    nil = np.zeros(169)
    nil[0] = 1.0
    with pytest.raises(ValueError, match="always refunded"):
        Measure(FOOTBALL, nil).probability("dnb", "home")
