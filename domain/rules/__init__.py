"""Acceptance rules, in the order in which they are asked and in which reasons are given.

A new rule is a module with one class, and a line here.
"""

from domain.rules.bettor_banned import BettorBanned
from domain.rules.duplicate_pattern import DuplicatePattern
from domain.rules.event_limit import EventLimit
from domain.rules.event_started import EventStarted
from domain.rules.future_bet import FutureBet
from domain.rules.invalid_price import InvalidPrice
from domain.rules.invalid_stake import InvalidStake
from domain.rules.late_bet import LateBet
from domain.rules.manual_review import ManualReview
from domain.rules.market_confidence import MarketConfidence
from domain.rules.market_limit import MarketLimit
from domain.rules.max_payout import MaxPayout
from domain.rules.max_stake import MaxStake
from domain.rules.price_longer import PriceLonger
from domain.rules.price_moved import PriceMoved
from domain.rules.reducing import Reducing
from domain.rules.related_contingency import RelatedContingency
from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule
from domain.rules.shared_limits import CompetitionLimit, OperatorLimit, PlatformLimit, SportLimit
from domain.rules.suspended import Suspended
from domain.rules.uneven_stake import UnevenStake
from domain.rules.unknown_event import UnknownEvent
from domain.rules.unknown_kind import UnknownKind
from domain.rules.unknown_market import UnknownMarket
from domain.rules.unknown_operator import UnknownOperator
from domain.rules.unknown_outcome import UnknownOutcome
from domain.rules.velocity import Velocity

RULES: tuple[Rule, ...] = (
    UnknownOperator(),
    UnknownEvent(),
    UnknownMarket(),
    UnknownOutcome(),
    InvalidStake(),
    InvalidPrice(),
    UnknownKind(),
    RelatedContingency(),
    UnevenStake(),
    FutureBet(),
    LateBet(),
    Suspended(),
    EventStarted(),
    PriceMoved(),
    PriceLonger(),
    BettorBanned(),
    ManualReview(),
    Velocity(),
    DuplicatePattern(),
    MaxStake(),
    MarketConfidence(),
    MaxPayout(),
    Reducing(),
    MarketLimit(),
    EventLimit(),
    CompetitionLimit(),
    SportLimit(),
    OperatorLimit(),
    PlatformLimit(),
)

ALONE_RULES = tuple(rule for rule in RULES if not rule.shared)
"""Those that are asked where no limit is shared by many events."""

BET_RULES = tuple(rule for rule in RULES if rule.scope != "leg")
"""Those that look at a bet on several events as a whole."""

LEG_RULES = tuple(rule for rule in RULES if rule.scope != "bet")
"""Those that look at each of its legs."""

ALONE_LEG_RULES = tuple(rule for rule in LEG_RULES if not rule.shared)
"""Those of them that are asked where no limit is shared by many events."""

__all__ = [
    "ALONE_LEG_RULES",
    "ALONE_RULES",
    "BET_RULES",
    "LEG_RULES",
    "RULES",
    "BetRequest",
    "Finding",
    "Rule",
]
