"""The loss bound of skewed quotes, along any path of bets that are taken at quoted prices."""

from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.book import EventBook, payout
from domain.ladder import round_down
from domain.margin import offer
from domain.skew import loss_bound, skewed, stake_room

measures = st.lists(st.floats(0.03, 1.0), min_size=2, max_size=6).map(lambda w: [x / sum(w) for x in w])


class SkewedBook(RuleBasedStateMachine):
    """Bettors take any outcome at the price that is quoted, up to the stake that the quote is good for."""

    @initialize(p=measures, aversion=st.sampled_from([1e-6, 1e-5, 1e-4]), overround=st.floats(1.01, 1.15))
    def open(self, p, aversion, overround):
        self.p, self.g, self.overround = p, aversion, overround
        self.names = [str(n) for n in range(len(p))]
        self.book = EventBook()
        self.taken = []

    def profits(self):
        profit = self.book.profit("m", self.names)
        return [float(profit[name]) for name in self.names]

    @precondition(lambda self: hasattr(self, "book"))
    @rule(pick=st.integers(0, 5), share=st.floats(0.05, 1.0))
    def bet(self, pick, share):
        place = pick % len(self.p)
        quoted = offer(skewed(self.p, self.profits(), self.g), self.overround)
        price = round_down(quoted[place])
        room = stake_room(self.p, self.profits(), place, price, self.g)
        stake = int(min(share * room, 10**9))
        if stake >= 1 and payout(stake, price) > stake:
            self.book.reserve("m", self.names[place], stake, payout(stake, price))
            self.taken.append((place, stake, price))

    @precondition(lambda self: hasattr(self, "book"))
    @invariant()
    def the_loss_is_within_the_bound_and_is_that_of_the_bets_one_by_one(self):
        naive = [
            sum(stake - (payout(stake, price) if place == state else 0) for place, stake, price in self.taken)
            for state in range(len(self.p))
        ]
        assert naive == self.profits()
        assert self.book.worst_case() == max(0, -min(naive))
        assert self.book.worst_case() <= loss_bound(self.p, self.g) + 1e-6


SkewedBook.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestSkewedBook = SkewedBook.TestCase


@given(measures, st.data())
@settings(max_examples=40)
def test_the_room_is_the_stake_at_which_the_book_is_as_well_off_as_before(p, data):
    g = 1e-5
    profits = data.draw(st.lists(st.floats(-2e5, 2e5), min_size=len(p), max_size=len(p)))
    place = data.draw(st.integers(0, len(p) - 1))
    price = data.draw(st.floats(1.01, 30.0))

    def well_off(stake):
        after = [w + stake - (price * stake if n == place else 0) for n, w in enumerate(profits)]
        return -log(sum(x * exp(-g * w) for x, w in zip(p, after, strict=True))) / g

    room = stake_room(p, profits, place, price, g)
    if room == 0.0:
        assert well_off(10.0) < well_off(0.0) + 1e-9
    elif price * g * room < 500:
        assert well_off(room) == pytest.approx(well_off(0.0), abs=1e-3 * (1 + abs(well_off(0.0))))
        assert well_off(0.5 * room) > well_off(0.0) - 1e-6


def test_a_thousand_greedy_bets_come_near_the_bound_but_not_beyond():
    p, g, names = [0.5, 0.3, 0.2], 1e-5, ["a", "b", "c"]
    book = EventBook()
    for _ in range(1_000):
        profits = [float(x) for x in book.profit("m", names).values()]
        tilted = [x * exp(-g * w) for x, w in zip(p, profits, strict=True)]
        price = 1 / (1.002 * tilted[2] / sum(tilted))
        stake = int(stake_room(p, profits, 2, price, g))
        if stake < 1 or payout(stake, price) <= stake:
            break
        book.reserve("m", "c", stake, payout(stake, price))
    assert 0.5 * loss_bound(p, g) < book.worst_case() <= loss_bound(p, g)
