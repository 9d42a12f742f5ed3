"""Prices skewed over score states: what moves, by how much, and the bound on what can be lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.book import EventBook, payout
from domain.ladder import round_down
from domain.margin import offer
from domain.markets import outcomes_of
from domain.risk import Position
from domain.risk.tilt import stake_room, tilted
from domain.skew import loss_bound, skewed
from domain.state_skew import measure_of, profit_by_state, state_skew
from domain.states import FOOTBALL, compile_measure
from domain.states.settlement import RULES, payoff
from schemas import Derivation, Exposure, FairPrice, MarketExposure

QUOTED = {"1x2": {"home": 0.5, "draw": 0.27, "away": 0.23}, "ou:2.5": {"over": 0.52, "under": 0.48}}
MEASURE = compile_measure("soccer", QUOTED)
MARKETS = ("1x2", "ou:2.5", "ou:3", "ou:2.75", "ah:-0.5", "ah:0", "ah:0.25", "dnb", "btts", "dc")
SELECTIONS = [(market, outcome) for market in MARKETS for outcome in outcomes_of(market)]


def exposure(bets):
    book = EventBook()
    for (market, outcome), stake, price in bets:
        book.reserve(market, outcome, stake, payout(stake, price))
    markets = {
        name: MarketExposure(stakes=each.stakes, payouts=dict(each.payouts))
        for name, each in book.markets.items()
    }
    return Exposure(
        operator="north", event_id="e", version=book.version, markets=markets, worst_case=0, event_time_ms=0
    )


bets = st.lists(
    st.tuples(st.sampled_from(SELECTIONS), st.integers(100, 10**6), st.sampled_from([1.5, 2.0, 3.4])),
    min_size=1,
    max_size=8,
)


@given(bets)
@settings(max_examples=25, deadline=None)
def test_the_profit_by_state_of_a_book_is_that_of_its_bets_one_by_one(placed):
    position = Position()
    for (market, outcome), stake, price in placed:
        position.take_at(market, outcome, stake, price)
    found = profit_by_state(FOOTBALL, exposure(placed).markets)
    assert found == pytest.approx(position.by_state(FOOTBALL))


@pytest.mark.parametrize("market", [*MARKETS, "ah:-0.75", "ou:3.25", "cs"])
def test_a_refund_is_for_all_outcomes_of_a_market_alike(market):
    outcomes = ("0-0", "2-1") if market == "cs" else outcomes_of(market)
    refunds = [payoff(FOOTBALL, market, outcome).refund for outcome in outcomes]
    assert market.partition(":")[0] in RULES
    assert all((each == refunds[0]).all() for each in refunds)


def test_a_bet_on_one_market_moves_the_others_that_win_with_it_and_scales_to_their_sums():
    skew = state_skew(MEASURE, 3, exposure([(("1x2", "home"), 2_000_000, 2.0)]), 1e-7)
    for market in MARKETS:
        outcomes = outcomes_of(market)
        fair = [0.98 * MEASURE.probability(market, outcome) + 0.01 for outcome in outcomes]
        moved = skew.moved(market, outcomes, fair)
        assert sum(moved) == pytest.approx(sum(fair))
        if market in ("1x2", "dnb", "ah:-0.5", "dc"):
            assert moved[0] > fair[0]
    assert skew.moved("winner", ("a", "b"), [0.5, 0.5]) is None
    assert skew.scores_sequence == 3


def test_one_market_alone_moves_as_if_it_were_skewed_by_itself():
    held = exposure([(("1x2", "home"), 300_000, 2.0), (("1x2", "away"), 50_000, 4.0)])
    fair = [MEASURE.probability("1x2", outcome) for outcome in outcomes_of("1x2")]
    book = held.markets["1x2"]
    profits = [float(book.stakes - book.payouts.get(outcome, 0)) for outcome in outcomes_of("1x2")]
    moved = state_skew(MEASURE, 1, held, 2e-7).moved("1x2", outcomes_of("1x2"), fair)
    assert moved == pytest.approx(skewed(fair, profits, 2e-7))


def test_a_book_without_such_bets_skews_nothing_and_no_measure_is_none():
    assert state_skew(MEASURE, 1, exposure([(("winner", "a"), 1_000, 2.0)]), 1e-6) is None
    told = {"event_id": "e", "market": "scores", "sequence": 1, "books": [], "model": "states"}
    scores = FairPrice(**told, probabilities={}, event_time_ms=0, as_of_ms=0)
    assert measure_of(scores) is None
    said = FairPrice(
        **told,
        probabilities=MEASURE.scores(),
        event_time_ms=0,
        as_of_ms=0,
        derived=Derivation(sport="soccer"),
    )
    assert measure_of(said).p == pytest.approx(MEASURE.p)


@given(bets, st.sampled_from([1e-7, 1e-6, 1e-4]), st.sampled_from([0.05, 1.0]))
@settings(max_examples=25, deadline=None)
def test_the_tilt_over_many_states_is_that_over_few(placed, aversion, most):
    profits = profit_by_state(FOOTBALL, exposure(placed).markets)
    plain = skewed(MEASURE.p.tolist(), profits.tolist(), aversion, most)
    assert tilted(MEASURE, profits, aversion, most).p == pytest.approx(np.array(plain), abs=1e-12)


class SkewedEvent(RuleBasedStateMachine):
    """Bettors take any outcome of any market of a match at the quoted price, as far as the quote is good."""

    @initialize(aversion=st.sampled_from([1e-6, 1e-5]), overround=st.floats(1.01, 1.12))
    def open(self, aversion, overround):
        self.g, self.overround = aversion, overround
        self.taken = []
        self.profits = np.zeros(len(FOOTBALL))

    @rule(pick=st.integers(0, len(SELECTIONS) - 1), share=st.floats(0.1, 1.0))
    def bet(self, pick, share):
        market, outcome = SELECTIONS[pick]
        outcomes = outcomes_of(market)
        fair = [MEASURE.probability(market, each) for each in outcomes]
        book = exposure(self.taken) if self.taken else None
        skew = None if book is None else state_skew(MEASURE, 1, book, self.g)
        moved = fair if skew is None else skew.moved(market, outcomes, fair)
        price = round_down(offer(moved, self.overround)[outcomes.index(outcome)])
        win, refund = payoff(FOOTBALL, market, outcome)
        room = stake_room(MEASURE.p, self.profits, win, refund, price, self.g)
        stake = int(min(share * room, 10**9))
        if stake >= 1 and payout(stake, price) > stake:
            self.taken.append(((market, outcome), stake, price))
            self.profits = profit_by_state(FOOTBALL, exposure(self.taken).markets)

    @invariant()
    def the_loss_is_within_the_bound(self):
        if hasattr(self, "taken"):
            assert -float(self.profits.min()) <= loss_bound(MEASURE.p, self.g) + 1e-3
            likely = MEASURE.p > 0.0
            certain = -np.log(MEASURE.p[likely] @ np.exp(-self.g * self.profits[likely])) / self.g
            assert certain >= -1e-3 - len(self.taken)  # a payout is whole minor units


SkewedEvent.TestCase.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)
TestSkewedEvent = SkewedEvent.TestCase
