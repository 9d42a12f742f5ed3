"""A limit that is dealt out to partitions: never exceeded together, whatever comes when and how often."""

import copy

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.allotments import Allotments, Allotted, Usage

PARTITIONS = 3


class Dealing(RuleBasedStateMachine):
    """A dealer, partitions that take and free, and messages on the way in any order, some of them twice."""

    @initialize(limit=st.integers(1, 10_000))
    def begin(self, limit):
        self.limit = self.highest = limit
        self.dealer = Allotments()
        self.dealer.set_limit(limit, PARTITIONS)
        self.parts = [Allotted() for _ in range(PARTITIONS)]
        self.used = [0] * PARTITIONS
        self.deals, self.words = [], []
        self.deals += self.dealer.deal()

    def say(self, n):
        part = self.parts[n]
        said = {"version": part.version, "allotted": part.amount, "used": self.used[n], "need": part.asked}
        self.words.append((n, said))

    @precondition(lambda self: self.deals)
    @rule(pick=st.integers(0, 9), again=st.booleans(), crash=st.booleans())
    def a_deal_arrives(self, pick, again, crash):
        deal = self.deals[pick % len(self.deals)]
        if not again:
            self.deals.remove(deal)
        part = self.parts[deal.partition]
        if crash:  # what it came to is lost, and it is taken anew
            copy.copy(part).take(deal.version, deal.amount, self.used[deal.partition])
        if part.take(deal.version, deal.amount, self.used[deal.partition]):
            self.say(deal.partition)

    @precondition(lambda self: self.words)
    @rule(pick=st.integers(0, 9), again=st.booleans(), crash=st.booleans())
    def a_word_arrives(self, pick, again, crash):
        n, said = self.words[pick % len(self.words)]
        if not again:
            self.words.remove((n, said))
        if crash:
            lost = copy.deepcopy(self.dealer)
            lost.hear(n, **said)
            lost.deal()
        self.dealer.hear(n, **said)
        self.deals += self.dealer.deal()

    @rule(n=st.integers(0, PARTITIONS - 1), amount=st.integers(1, 3_000))
    def a_bet_comes(self, n, amount):
        part = self.parts[n]
        fits = self.used[n] + amount <= part.amount
        lack = 0 if fits else self.used[n] + amount - part.amount
        if fits:
            self.used[n] += amount
        if part.version and part.speaks(self.used[n], lack):
            self.say(n)

    @rule(n=st.integers(0, PARTITIONS - 1), share=st.floats(0, 1))
    def bets_are_settled(self, n, share):
        self.used[n] -= int(self.used[n] * share)
        if self.parts[n].version and self.parts[n].speaks(self.used[n], 0):
            self.say(n)

    @rule(limit=st.integers(1, 10_000))
    def the_limit_is_another(self, limit):
        self.limit = limit
        self.dealer.set_limit(limit, PARTITIONS)
        self.deals += self.dealer.deal()
        self.highest = max(self.highest, limit)

    @invariant()
    def together_they_stay_within_the_highest_limit_there_has_been(self):
        if hasattr(self, "parts"):
            assert sum(self.used) <= self.highest
            assert sum(part.amount for part in self.parts) <= self.highest
            assert all(used <= part.amount for used, part in zip(self.used, self.parts, strict=True))
            assert all(part.amount <= self.dealer.shares[n].ceiling for n, part in enumerate(self.parts))

    def deliver_all(self):
        while self.deals or self.words:
            if self.deals:
                self.a_deal_arrives(0, False, False)
            else:
                self.a_word_arrives(0, False, False)

    def teardown(self):
        """What is lowered is kept to in the end, and what nobody uses can be had by anybody."""
        if not hasattr(self, "parts"):
            return
        self.deliver_all()
        assert sum(part.amount for part in self.parts) <= max(self.limit, sum(self.used))
        self.used = [0] * PARTITIONS
        for n in range(PARTITIONS):
            if self.parts[n].speaks(0, 0):
                self.say(n)
        self.deliver_all()
        wanted = self.limit * 9 // 10
        for _ in range(4):
            if self.parts[1].amount < wanted and self.parts[1].speaks(0, wanted - self.parts[1].amount):
                self.say(1)
            self.deliver_all()
        assert self.parts[1].amount >= wanted


Dealing.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestDealing = Dealing.TestCase


def test_what_is_asked_for_beyond_the_limit_is_dealt_once_others_let_go():
    dealer, parts = Allotments(), [Allotted(), Allotted()]
    dealer.set_limit(1_000, 2)
    for deal in dealer.deal():
        parts[deal.partition].take(deal.version, deal.amount, 0)
        dealer.hear(deal.partition, version=1, allotted=250, used=0, need=0)
    dealer.hear(0, version=1, allotted=250, used=250, need=600)
    assert dealer.deal() == [(0, 2, 750), (1, 2, 75)]  # all that is free, and what 1 does not need
    dealer.hear(0, version=2, allotted=750, used=250, need=100)
    assert dealer.deal() == []  # 1 has not answered: it may still go by all that it had
    dealer.hear(1, version=2, allotted=75, used=0, need=0)
    ((partition, _, amount),) = dealer.deal()
    assert partition == 0
    assert 850 <= amount <= 925


def test_a_deal_that_takes_leaves_what_is_used():
    part = Allotted()
    part.take(1, 500, 0)
    assert not part.take(1, 900, 0)
    part.take(2, 100, 300)
    assert part.amount == 300
    part.take(3, 100, 700)  # a corrected result brought it beyond
    assert part.amount == 300


def test_use_is_the_sum_of_the_books_that_count():
    usage = Usage()
    usage.note(("e", "north"), 500, ("north|all", "platform|all"))
    usage.note(("f", "south"), 200, ("south|all", "platform|all"))
    usage.note(("e", "north"), 300, ("north|all", "platform|all"))
    assert usage.by_limit == {"north|all": 300, "platform|all": 500, "south|all": 200}
