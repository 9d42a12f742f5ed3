"""The book: exact sums, exact room, a cost that does not grow with the bets."""

from copy import deepcopy
from fractions import Fraction
from math import floor
from time import perf_counter_ns

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import TypeAdapter

from domain.book import EventBook, payout, stake_for_payout

OUTCOMES = {"1x2": ("home", "draw", "away"), "ou:2.5": ("over", "under"), "cs": tuple(map(str, range(30)))}
SELECTIONS = [(market, outcome) for market, outcomes in OUTCOMES.items() for outcome in outcomes]

cents = st.integers(min_value=101, max_value=100_000).map(lambda n: n / 100)
ten_thousandths = st.integers(min_value=10_001, max_value=10_000_000).map(lambda n: n / 10_000)
prices = st.one_of(cents, ten_thousandths)
stakes = st.integers(min_value=1, max_value=10_000_000)
selections = st.sampled_from(SELECTIONS)


def naive_worst_case(bets, market=None):
    """Recompute from single bets in the plainest way: every outcome of every market."""
    total = 0
    for name, outcomes in OUTCOMES.items():
        if market is not None and name != market:
            continue
        profits = []
        for outcome in outcomes:
            mine = [bet for bet in bets if bet[0] == name]
            profits.append(sum(bet[2] for bet in mine) - sum(bet[3] for bet in mine if bet[1] == outcome))
        total += max(0, -min(profits))
    return total


@given(stakes, st.integers(min_value=10_001, max_value=99_999_999))
def test_a_payout_is_the_floor_of_the_exact_product(stake, units):
    assert payout(stake, units / 10_000) == floor(Fraction(stake) * Fraction(units, 10_000))


def test_a_payout_does_not_suffer_from_binary_fractions():
    assert 100 * 1.13 < 113
    assert payout(100, 1.13) == 113
    assert payout(10**12, 1.91) == 1_910_000_000_000


@given(st.integers(min_value=-5, max_value=10**8), prices)
def test_the_stake_for_a_payout_is_the_largest_that_pays_no_more(most, price):
    stake = stake_for_payout(most, price)
    assert stake == 0 or payout(stake, price) <= most
    assert payout(stake + 1, price) > most


@given(st.lists(st.tuples(selections, stakes, prices), max_size=12), selections, prices, stakes, stakes)
def test_room_is_the_largest_stake_that_keeps_both_limits(bets, selection, price, market_limit, event_limit):
    book, naive = EventBook(), []
    for (market, outcome), stake, odds in bets:
        book.reserve(market, outcome, stake, payout(stake, odds))
        naive.append((market, outcome, stake, payout(stake, odds)))
    market, outcome = selection
    market_limit = max(market_limit, naive_worst_case(naive, market))
    event_limit = max(event_limit, naive_worst_case(naive))

    def fits(stake):
        bets = [*naive, (market, outcome, stake, payout(stake, price))]
        return naive_worst_case(bets, market) <= market_limit and naive_worst_case(bets) <= event_limit

    room = book.room(market, outcome, price, market_limit, event_limit)
    assert fits(room)
    assert not fits(room + 1)


def test_a_book_beyond_a_lowered_limit_takes_what_does_not_deepen_its_worst_case():
    book = EventBook()
    book.reserve("1x2", "home", 1_000, 3_000)
    assert book.market_room("1x2", "home", 3.0, limit=500) == 0
    relief = book.market_room("1x2", "away", 3.0, limit=500)
    assert relief == 1_500
    book.reserve("1x2", "away", relief, payout(relief, 3.0))
    assert book.worst_case("1x2") == 2_000


def test_profit_names_every_outcome_and_one_without_bets_pays_nothing():
    book = EventBook()
    book.reserve("1x2", "home", 1_000, 2_500)
    assert book.profit("1x2", OUTCOMES["1x2"]) == {"home": -1_500, "draw": 1_000, "away": 1_000}
    assert book.profit("ou:2.5", ("over", "under")) == {"over": 0, "under": 0}


@pytest.mark.parametrize(
    ("stake", "pays"), [(101, 250), (100, 251), (-1, 0)], ids=["stake", "payout", "negative"]
)
def test_what_is_not_in_the_book_cannot_be_released(stake, pays):
    book = EventBook()
    book.reserve("1x2", "home", 100, 250)
    before = TypeAdapter(EventBook).dump_json(book)
    with pytest.raises(ValueError, match="not in the book"):
        book.release("1x2", "home", stake, pays)
    assert TypeAdapter(EventBook).dump_json(book) == before


def test_a_price_that_wins_nothing_has_no_room():
    with pytest.raises(ValueError, match="wins nothing"):
        EventBook().room("1x2", "home", 1.00001, 10, 10)


class BookMachine(RuleBasedStateMachine):
    """A book against a list of bets: taken while they fit, released in any order, stored and read."""

    @initialize(market_limit=stakes, event_limit=stakes)
    def open_the_book(self, market_limit, event_limit):
        self.market_limit, self.event_limit = market_limit, event_limit
        self.book, self.bets = EventBook(), []

    @rule(selection=selections, stake=stakes, price=prices)
    def an_accepted_bet_never_takes_the_worst_case_beyond_its_limit(self, selection, stake, price):
        market, outcome = selection
        most = max(self.market_limit, self.book.worst_case(market))
        most_of_event = max(self.event_limit, self.book.worst_case())
        stake = min(stake, self.book.room(market, outcome, price, self.market_limit, self.event_limit))
        if stake == 0:
            return
        bet = (market, outcome, stake, payout(stake, price))
        foretold = self.book.worst_case_with(*bet)
        self.book.reserve(*bet)
        self.bets.append(bet)
        assert self.book.worst_case(market) == foretold <= most
        assert self.book.worst_case() <= most_of_event

    @precondition(lambda self: self.bets)
    @rule(data=st.data())
    def release_one(self, data):
        bet = self.bets.pop(data.draw(st.integers(0, len(self.bets) - 1)))
        self.book.release(*bet)

    @rule(selection=selections, stake=stakes, price=prices)
    def release_returns_exactly_what_was_reserved(self, selection, stake, price):
        before = deepcopy(self.book.markets)
        bet = (*selection, stake, payout(stake, price))
        self.book.reserve(*bet)
        self.book.release(*bet)
        assert self.book.markets == before

    @rule()
    def store_and_read(self):
        codec = TypeAdapter(EventBook)
        self.book = codec.validate_json(codec.dump_json(self.book))

    @invariant()
    def figures_equal_a_recomputation_from_the_bets(self):
        for market, outcomes in OUTCOMES.items():
            mine = [bet for bet in self.bets if bet[0] == market]
            staked = sum(bet[2] for bet in mine)
            assert self.book.profit(market, outcomes) == {
                outcome: staked - sum(bet[3] for bet in mine if bet[1] == outcome) for outcome in outcomes
            }
            assert self.book.worst_case(market) == naive_worst_case(self.bets, market)
        assert self.book.worst_case() == naive_worst_case(self.bets)


TestBookMachine = BookMachine.TestCase


def test_reserving_costs_the_same_with_many_bets():
    def nanoseconds(bets):
        book = EventBook()
        for i in range(bets):
            market, outcome = SELECTIONS[i % len(SELECTIONS)]
            book.reserve(market, outcome, 100, 150 + i % 300)
        best = 10**9
        for _ in range(30):
            start = perf_counter_ns()
            for market, outcome in SELECTIONS:
                book.reserve(market, outcome, 100, 350)
                book.worst_case()
            best = min(best, perf_counter_ns() - start)
        return best / len(SELECTIONS)

    assert nanoseconds(50_000) < 3 * nanoseconds(500)
