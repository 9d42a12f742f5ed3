"""Classes of synthetic bettors, with all their parameters: the one registry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Knows = Literal["nothing", "close", "fair", "moved", "rivals", "soon"]
"""What a bettor looks at beside the price: see ``Knowledge``."""


HABITS_SD = 0.9
"""How much bettors of one class differ: standard deviation of the log of what is their own.

It is large on purpose. Classes must overlap in all that is not knowledge: else whoever learns from them
learns the simulator's habits (the size of a stake, the age of an account) instead of what a bettor knows.
"""


@dataclass(frozen=True, slots=True)
class BettorClass:
    """How a class of bettors behaves.

    Parameters
    ----------
    activity : float
        How often it bets, against a square's 1.
    knows : str
        What it judges a price by.
    noise : float
        Standard deviation of its error in the log of a probability.
    least_edge : float
        It bets from this expected profit on (for ``moved``: from this rise of the log probability on).
    informed_share : float
        The share of its bets that it picks by what it knows; the others it picks as the crowd does.
    looks_at : int
        How many offers it compares for one bet.
    stake, stake_spread : float
        Median stake of the median bettor in minor units, and standard deviation of the logarithm of one
        bettor's stakes. Bettors of one class differ as much as ``HABITS_SD`` says.
    round_to : int
        Half the bettors place multiples of this, minor units; the others have a habit of their own.
    promotion_share : float
        The share of the median bettor's bets that use a promotion.
    account_days : float
        Median age of an account.
    races : float
        The share of its informed bets that it places just before the price moves, where it knows when.
    lead_ms : float
        Mean time between such a bet and the move.
    roams : float
        The share of the median bettor's bets that come from another address than its usual one.
    ring : int
        How many accounts bet together; 1: alone.
    ring_spread_ms, ring_follows : int, float
        Within this time the accounts of a ring place one selection, each follower with this probability.
    """

    name: str
    activity: float = 1.0
    knows: Knows = "nothing"
    noise: float = 0.0
    least_edge: float = 0.0
    informed_share: float = 1.0
    looks_at: int = 12
    stake: float = 1_000
    stake_spread: float = 0.8
    round_to: int = 100
    promotion_share: float = 0.03
    account_days: float = 400.0
    races: float = 0.0
    lead_ms: float = 300_000.0
    roams: float = 0.2
    ring: int = 1
    ring_spread_ms: int = 0
    ring_follows: float = 0.6


_ALL = (
    BettorClass("square", stake=1_000, stake_spread=0.9, round_to=500, promotion_share=0.08),
    BettorClass("vip_square", activity=2.0, stake=25_000, stake_spread=0.7, round_to=5_000),
    BettorClass(
        "value_bettor",
        activity=3.0,
        knows="close",
        noise=0.06,
        least_edge=0.02,
        stake=8_000,
        stake_spread=0.5,
        account_days=200,
        races=0.2,
    ),
    BettorClass(
        "steam_chaser",
        activity=3.0,
        knows="moved",
        least_edge=0.02,
        looks_at=24,
        stake=10_000,
        stake_spread=0.3,
        account_days=150,
        races=0.3,
    ),
    BettorClass(
        "arbitrageur",
        activity=4.0,
        knows="rivals",
        least_edge=0.0,
        looks_at=40,
        stake=7_000,
        stake_spread=0.6,
        round_to=1,
        account_days=90,
        races=0.4,
        roams=0.3,
    ),
    BettorClass(
        "courtsider",
        activity=2.0,
        knows="soon",
        noise=0.1,
        least_edge=0.05,
        looks_at=3,
        stake=15_000,
        stake_spread=0.4,
        account_days=60,
        races=0.9,
        lead_ms=4_000.0,
        roams=0.5,
    ),
    BettorClass(
        "bonus_abuser",
        activity=0.5,
        knows="rivals",
        least_edge=-0.02,
        looks_at=24,
        stake=2_500,
        stake_spread=0.05,
        round_to=500,
        promotion_share=0.9,
        account_days=10,
        roams=0.4,
    ),
    BettorClass(
        "bot",
        activity=8.0,
        knows="fair",
        noise=0.01,
        least_edge=0.0,
        looks_at=40,
        stake=3_000,
        stake_spread=0.02,
        round_to=1,
        account_days=60,
        races=0.4,
        roams=0.1,
    ),
    BettorClass(
        "ring",
        activity=2.0,
        knows="close",
        noise=0.06,
        least_edge=0.02,
        stake=4_000,
        stake_spread=0.3,
        account_days=30,
        races=0.2,
        roams=0.3,
        ring=6,
        ring_spread_ms=30_000,
    ),
)

CLASSES: Mapping[str, BettorClass] = {each.name: each for each in _ALL}
"""By name. A ring is one unit of several accounts, led by a value bettor."""

DEMO_MIXTURE: Mapping[str, int] = {
    "square": 1_000,
    "vip_square": 10,
    "value_bettor": 15,
    "steam_chaser": 8,
    "arbitrageur": 4,
    "bonus_abuser": 10,
    "bot": 3,
    "ring": 1,
}
"""Units by class: mostly squares, some sharps, one ring. Courtsiders need events in play."""

SMALL_MIXTURE: Mapping[str, int] = {
    "square": 60,
    "vip_square": 4,
    "value_bettor": 8,
    "steam_chaser": 4,
    "arbitrageur": 4,
    "bonus_abuser": 4,
    "bot": 2,
    "ring": 1,
}
"""Fewer bettors who bet more often each: so that a run of minutes shows something of some of them."""

KEEN_CLASSES: Mapping[str, BettorClass] = {
    **CLASSES,
    **{
        name: replace(CLASSES[name], noise=0.01, least_edge=0.01, looks_at=100)
        for name in ("value_bettor", "ring")
    },
}
"""Classes in which those who know the close know it well and compare many prices.

An operator whose prices follow eleven books leaves nothing to others within a day or two of the start.
"""
