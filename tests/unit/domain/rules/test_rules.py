"""Each rule: what it takes, what it refuses, and its figures."""

from dataclasses import replace
from math import inf, nan

import pytest

from domain.bets import Lines
from domain.book import EventBook
from domain.rules import RULES, BetRequest
from schemas import OperatorProfile, RuleFigure

PROFILE = OperatorProfile(
    operator="north", version=3, max_stake=10_000, max_payout=50_000, max_bet_age_s=30.0
)
SOUND = BetRequest(
    market="1x2",
    outcome="home",
    stake=1_000,
    price=2.0,
    price_sequence=7,
    standing_price=2.0,
    suspended=None,
    event_known=True,
    event_started=False,
    profile=PROFILE,
    stake_factor=1.0,
    bets_last_minute=1,
    book=EventBook(),
    outcomes=("home", "draw", "away"),
)
BY_NAME = {rule.name: rule for rule in RULES}


def finding(rule, **changes):
    return BY_NAME[rule].check(replace(SOUND, **changes))


def tolerant(tolerance):
    return PROFILE.model_copy(update={"price_tolerance": tolerance})


def refusing(tolerance):
    return PROFILE.model_copy(update={"price_tolerance": tolerance, "refuse_longer": True})


def in_play():
    return PROFILE.model_copy(update={"in_play": True})


@pytest.mark.parametrize("combined", [False, True])
def test_in_play_bets_are_taken_where_the_operator_takes_them(combined):
    assert finding("event_started", event_started=True, profile=in_play(), combined=combined).passed


def test_a_longer_price_is_no_reason_unless_the_operator_says_so():
    assert finding("price_longer", price=1.5).passed
    assert finding("price_longer", price=1.99, profile=refusing(0.02)).passed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_sound_bet_passes_with_figures_that_fit_the_message(rule):
    found = rule.check(SOUND)
    assert found.passed
    assert found.rule == rule.name
    RuleFigure(**found._asdict())


@pytest.mark.parametrize(
    ("rule", "changes", "figure", "limit"),
    [
        ("unknown_operator", {"profile": None}, 0, 1),
        ("unknown_event", {"event_known": False}, 0, 1),
        ("unknown_market", {"outcomes": ()}, 0, 1),
        ("unknown_outcome", {"outcome": "nobody"}, 0, 1),
        ("invalid_stake", {"stake": 0}, 0, 1),
        ("invalid_stake", {"stake": -5}, -5, 1),
        ("invalid_price", {"price": 1.0}, 1.0, 1.0001),
        ("invalid_price", {"price": 1.00004}, 1.00004, 1.0001),
        ("invalid_price", {"price": -3.0}, -3.0, 1.0001),
        ("invalid_price", {"price": nan}, 0, 1.0001),
        ("invalid_price", {"price": inf}, 0, 1.0001),
        ("invalid_price", {"price": 1e300}, 1e300, 1.0001),
        ("future_bet", {"ahead_ms": 2_001}, 2_001, 2_000),
        ("late_bet", {"ahead_ms": -30_001}, 30_001, 30_000),
        ("suspended", {"suspended": "few_books"}, 1, 0),
        ("suspended", {"standing_price": None}, 1, 0),
        ("event_started", {"event_started": True}, 1, 0),
        ("price_moved", {"price": 2.01}, 2.01, 2.0),
        ("price_moved", {"price": 2.05, "profile": tolerant(0.02)}, 2.05, 2.04),
        ("price_moved", {"standing_price": None}, 2.0, 0),
        ("price_longer", {"price": 1.9, "profile": refusing(0.02)}, 1.9, 1.9607),
        ("unknown_kind", {"kind": "parlay", "legs": 2}, 2, 0),
        ("unknown_kind", {"kind": "trixie", "legs": 4}, 4, 3),
        ("unknown_kind", {"kind": "same_game", "legs": 2}, 2, 0),
        ("unknown_kind", {"each_way": True}, 1, 0),
        ("related_contingency", {"related": 1}, 1, 0),
        ("uneven_stake", {"stake": 1_001, "lines": Lines.of("trixie", [2.0] * 3)}, 1, 0),
        ("bettor_banned", {"stake_factor": 0.0}, 0, 0),
        ("duplicate_pattern", {"same_last_minute": 61}, 61, 60),
        ("velocity", {"bets_last_minute": 61}, 61, 60),
        ("max_stake", {"stake": 10_001}, 10_001, 10_000),
        ("max_stake", {"stake_factor": 0.05}, 1_000, 500),
        ("max_payout", {"stake": 9_000, "price": 6.0}, 54_000, 50_000),
    ],
)
def test_a_rule_refuses_with_its_figures(rule, changes, figure, limit):
    found = finding(rule, **changes)
    assert not found.passed
    assert (found.figure, found.limit) == pytest.approx((figure, limit))
    RuleFigure(**found._asdict())


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("future_bet", {"ahead_ms": 2_000}),
        ("late_bet", {"ahead_ms": -30_000}),
        ("late_bet", {"ahead_ms": -(10**12), "profile": PROFILE.model_copy(update={"max_bet_age_s": 0.0})}),
        ("price_moved", {"price": 1.5}),
        ("price_moved", {"price": 2.04, "profile": tolerant(0.02)}),
        ("price_moved", {"price": 1.1 + 2.2, "standing_price": 3.3}),
        ("velocity", {"bets_last_minute": 60}),
        ("max_stake", {"stake": 2_900, "stake_factor": 0.29}),
        ("invalid_price", {"price": 1.0001}),
    ],
)
def test_a_rule_takes_what_is_just_within(rule, changes):
    assert finding(rule, **changes).passed


def test_limits_on_the_stake_say_the_largest_that_they_take():
    assert finding("max_stake", stake=20_000, stake_factor=0.29).max_stake == 2_900
    banked = PROFILE.model_copy(update={"bank": 1_000_000, "confidence_weight": 1.0})
    assert finding("max_stake", profile=banked, stake=20_000, clv=-0.02).max_stake == 5_000
    assert finding("max_stake", profile=banked, stake=20_000, clv=-0.9).max_stake == 10_000
    assert finding("max_stake", profile=banked, stake=20_000, clv=0.01).max_stake == 0
    assert finding("max_stake", profile=banked, stake=20_000, clv=None).max_stake == 10_000
    half = finding("market_confidence", profile=banked, stake=20_000, clv=-0.02, confidence=0.5)
    assert half.max_stake == 2_500
    assert finding("max_payout", stake=20_000, price=3.0).max_stake == 16_666


def test_the_market_and_the_event_limit_measure_the_worst_case_with_the_bet():
    book = EventBook()
    book.reserve("ou:2.5", "over", 1_000, 9_000)
    profile = PROFILE.model_copy(update={"market_limit": 6_000, "event_limit": 9_000})
    market = finding("market_limit", book=book, profile=profile, stake=5_000, price=3.0)
    event = finding("event_limit", book=book, profile=profile, stake=5_000, price=3.0)
    assert (market.passed, market.figure, market.limit, market.max_stake) == (False, 10_000, 6_000, 3_000)
    assert (event.passed, event.figure, event.limit, event.max_stake) == (False, 18_000, 9_000, 500)


def test_names_are_unique_and_needs_come_before():
    seen = set()
    for rule in RULES:
        assert rule.name not in seen
        assert rule.needs <= seen
        seen.add(rule.name)
