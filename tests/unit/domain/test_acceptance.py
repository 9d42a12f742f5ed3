"""The verdict on a bet, and what a run of verdicts leaves in the book."""

from dataclasses import replace
from time import perf_counter_ns

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.acceptance import SMALLEST_ALTERNATIVE, decide
from domain.book import EventBook, payout
from domain.rules import ALONE_RULES, BetRequest
from schemas import OperatorProfile

OUTCOMES = {"1x2": ("home", "draw", "away"), "ou:2.5": ("over", "under")}
SELECTIONS = [(market, outcome) for market, outcomes in OUTCOMES.items() for outcome in outcomes]
PROFILE = OperatorProfile(operator="north", version=1)


def request(**changes):
    sound = BetRequest(
        market="1x2",
        outcome="home",
        stake=1_000,
        price=2.5,
        price_sequence=1,
        standing_price=2.5,
        suspended=None,
        event_known=True,
        event_started=False,
        profile=PROFILE,
        stake_factor=1.0,
        bets_last_minute=1,
        book=EventBook(),
        outcomes=OUTCOMES["1x2"],
    )
    return replace(sound, **changes)


def profile(**changes):
    return PROFILE.model_copy(update=changes)


anything = st.builds(
    request,
    outcome=st.sampled_from(["home", "away", "nobody"]),
    stake=st.integers(-10, 300_000),
    price=st.one_of(st.floats(), st.floats(1, 50)),
    standing_price=st.one_of(st.none(), st.floats(1.01, 50)),
    suspended=st.sampled_from([None, None, "few_books"]),
    event_known=st.sampled_from([True, True, False]),
    event_started=st.sampled_from([False, False, True]),
    profile=st.sampled_from(
        [
            None,
            PROFILE,
            profile(max_stake=500, price_tolerance=0.5),
            profile(max_payout=900, market_limit=700),
        ]
    ),
    stake_factor=st.sampled_from([0.0, 0.01, 0.3, 1.0]),
    bets_last_minute=st.sampled_from([1, 60, 61]),
    outcomes=st.sampled_from([OUTCOMES["1x2"], OUTCOMES["1x2"], ()]),
    ahead_ms=st.sampled_from([0, 0, 5_000, -60_000]),
)


def test_a_sound_bet_is_taken_at_the_price_it_asked_for():
    verdict = decide(request(price=2.4))
    assert (verdict.decision, verdict.reasons) == ("accepted", [])
    assert (verdict.stake, verdict.price, verdict.payout) == (1_000, 2.4, 2_400)
    assert len(verdict.findings) == len(ALONE_RULES)


def test_a_stake_too_large_gets_the_largest_that_every_rule_takes():
    settings = profile(max_stake=800, max_payout=1_500, market_limit=500, event_limit=5_000)
    verdict = decide(request(profile=settings))
    assert verdict.decision == "alternative"
    assert verdict.reasons == ["max_stake", "max_payout", "market_limit"]
    assert (verdict.stake, verdict.payout) == (333, 0)
    assert decide(request(profile=settings, stake=333)).decision == "accepted"
    assert decide(request(profile=settings, stake=334)).decision == "alternative"


def test_a_hard_reason_leaves_no_alternative():
    verdict = decide(request(stake=200_000, suspended="few_books"))
    assert verdict.decision == "rejected"
    assert verdict.reasons == ["suspended", "max_stake"]
    assert (verdict.stake, verdict.price, verdict.payout) == (0, 2.5, 0)


def test_an_alternative_below_the_smallest_worth_offering_is_a_rejection():
    least = SMALLEST_ALTERNATIVE
    assert decide(request(profile=profile(max_stake=least - 1))).decision == "rejected"
    assert decide(request(profile=profile(max_stake=least))).stake == least


def test_what_cannot_be_looked_at_is_not_asked():
    verdict = decide(request(profile=None, event_known=False, outcomes=(), standing_price=None, stake=0))
    assert verdict.reasons == ["unknown_operator", "unknown_event", "invalid_stake"]
    asked = {finding.rule for finding in verdict.findings}
    assert asked.isdisjoint({"unknown_market", "unknown_outcome", "price_moved", "max_stake", "market_limit"})
    assert verdict.price == 0


def test_a_banned_bettor_is_not_told_of_a_stake_limit_too():
    assert decide(request(stake_factor=0.0)).reasons == ["bettor_banned"]


@given(anything)
def test_every_request_gets_the_same_verdict_twice_and_its_reasons_are_what_failed(asked):
    verdict = decide(asked)
    assert decide(asked) == verdict
    assert verdict.reasons == [finding.rule for finding in verdict.findings if not finding.passed]
    assert (verdict.decision == "accepted") == (not verdict.reasons)
    assert asked.book == EventBook()


@given(anything)
def test_an_alternative_is_accepted_and_one_unit_more_is_not(asked):
    verdict = decide(asked)
    if verdict.decision == "alternative":
        assert verdict.stake < asked.stake
        assert decide(replace(asked, stake=verdict.stake)).decision == "accepted"
        assert decide(replace(asked, stake=verdict.stake + 1)).decision != "accepted"


class AcceptanceMachine(RuleBasedStateMachine):
    """Bets decided and released in any order against a plain list of what was accepted."""

    @initialize(market_limit=st.integers(0, 200_000), event_limit=st.integers(0, 300_000))
    def open_the_book(self, market_limit, event_limit):
        self.settings = profile(market_limit=market_limit, event_limit=event_limit)
        self.book, self.accepted = EventBook(), []

    @rule(
        selection=st.sampled_from(SELECTIONS),
        stake=st.integers(-100, 150_000),
        price=st.integers(101, 3_000).map(lambda n: n / 100),
        factor=st.sampled_from([0.0, 0.1, 1.0]),
    )
    def bet(self, selection, stake, price, factor):
        market, outcome = selection
        verdict = decide(
            request(
                market=market,
                outcome=outcome,
                outcomes=OUTCOMES[market],
                stake=stake,
                price=price,
                standing_price=price,
                profile=self.settings,
                stake_factor=factor,
                book=self.book,
            )
        )
        before = self._worst_cases()
        if verdict.decision == "accepted":
            assert verdict.payout == payout(stake, price)
            self.book.reserve(market, outcome, verdict.stake, verdict.payout)
            self.accepted.append((market, outcome, verdict.stake, verdict.payout))
            limits = {**dict.fromkeys(OUTCOMES, self.settings.market_limit), None: self.settings.event_limit}
            after = self._worst_cases()
            assert all(after[key] <= max(limits[key], before[key]) for key in limits)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def release(self, data):
        self.book.release(*self.accepted.pop(data.draw(st.integers(0, len(self.accepted) - 1))))

    def _worst_cases(self):
        return {key: self.book.worst_case(key) for key in (*OUTCOMES, None)}

    @invariant()
    def the_book_equals_a_recomputation_from_the_decisions(self):
        total = 0
        for market, outcomes in OUTCOMES.items():
            bets = [bet for bet in self.accepted if bet[0] == market]
            staked = sum(bet[2] for bet in bets)
            profits = {o: staked - sum(bet[3] for bet in bets if bet[1] == o) for o in outcomes}
            assert self.book.profit(market, outcomes) == profits
            total += max(0, -min(profits.values()))
        assert self.book.worst_case() == total


TestAcceptanceMachine = AcceptanceMachine.TestCase


def microseconds_per_decision(bets_in_book):
    book = EventBook()
    for i in range(bets_in_book):
        market, outcome = SELECTIONS[i % len(SELECTIONS)]
        book.reserve(market, outcome, 100, 150 + i % 100)
    asked = request(book=book, profile=profile(market_limit=10**12, event_limit=10**12))
    assert decide(asked).decision == "accepted"
    best = 10**12
    for _ in range(40):
        start = perf_counter_ns()
        for _ in range(50):
            decide(asked)
        best = min(best, perf_counter_ns() - start)
    return best / 50 / 1_000


def test_a_decision_takes_50_us_at_most_and_no_longer_with_100_000_bets_in_the_book():
    few, many = microseconds_per_decision(1_000), microseconds_per_decision(100_000)
    assert many <= 50
    assert many == pytest.approx(few, rel=0.5)
