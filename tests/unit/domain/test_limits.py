"""Limits in a hierarchy: the least of all that apply to a bet."""

import pytest

from domain.limits import PLATFORM, limited
from schemas import OperatorProfile

OWN = OperatorProfile(
    operator="north",
    version=1,
    max_stake=10_000,
    limits={
        "sport:soccer": {"max_stake": 8_000},
        "competition:cup": {"max_stake": 6_000, "event_limit": 100},
        "market:cs": {"max_stake": 500},
        "live": {"max_stake": 2_000},
        "pre_match": {"max_payout": 70},
    },
)
PLATFORMS = OperatorProfile(operator=PLATFORM, version=4, max_stake=1, limits={"all": {"max_stake": 7_000}})


@pytest.mark.parametrize(
    ("where", "platform", "stake"),
    [
        ({}, None, 10_000),
        ({"sport": "soccer"}, None, 8_000),
        ({"sport": "soccer", "competition": "cup"}, None, 6_000),
        ({"sport": "soccer", "market": "cs"}, None, 500),
        ({"sport": "soccer", "live": True}, None, 2_000),
        ({"sport": "soccer"}, PLATFORMS, 7_000),
        ({"competition": "cup"}, PLATFORMS, 6_000),
    ],
)
def test_the_least_limit_that_applies_stands(where, platform, stake):
    place = {"sport": "", "competition": "", "market": "1x2", "live": False, **where}
    assert limited(OWN, platform=platform, **place).max_stake == stake


def test_limits_before_the_start_and_live_are_apart():
    place = {"platform": None, "sport": "tennis", "competition": "", "market": "ml"}
    before, live = limited(OWN, **place, live=False), limited(OWN, **place, live=True)
    assert (before.max_stake, before.max_payout) == (10_000, 70)
    assert (live.max_stake, live.max_payout) == (2_000, OWN.max_payout)


def test_a_limit_above_the_operators_own_changes_nothing():
    wide = OWN.model_copy(update={"limits": {"all": {"max_stake": 10**9}}})
    found = limited(wide, platform=None, sport="", competition="", market="1x2", live=False)
    assert found.max_stake == OWN.max_stake
