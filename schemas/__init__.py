"""What travels: one pydantic model per message, and the topic registry's message side.

Every model is frozen, ignores fields it does not know (so that a newer producer may add some within a
major version) and is strict about types: ``"2.5"`` is not a price and ``true`` is not a stake.
"""

from schemas.bets import (
    AssessedBet,
    Bet,
    BetContext,
    DecidedLeg,
    Decision,
    Grade,
    Grant,
    Hold,
    Leg,
    LegGraded,
    Mark,
    Reservation,
    RuleFigure,
    SettledLeg,
    Settlement,
    SharedRoom,
    StakeFactor,
    StoodOn,
)
from schemas.book import Allotment, AllotmentUse, Exposure, MarketExposure
from schemas.events import EventMatch, Fixture, Result
from schemas.feeds import Heartbeat
from schemas.learning import Champion, ClosedMatch
from schemas.operators import MarginProfile, OperatorCommand, OperatorProfile, PlaceTerms, Treatment
from schemas.portfolio import EventRisk, HedgeBet, Portfolio, TailFigure
from schemas.prices import (
    BookShare,
    Correction,
    Derivation,
    FairPrice,
    LiveBasis,
    MatchState,
    OfferedPrice,
    PriceBasis,
)
from schemas.pricing import DynamicMargin, PriceRules, TimeFactor
from schemas.quotes import Quote
from schemas.risk import Alert, AlertLeg, BettorRisk, Coherence, RingMember

__all__ = [
    "Alert",
    "AlertLeg",
    "Allotment",
    "AllotmentUse",
    "AssessedBet",
    "Bet",
    "BetContext",
    "BettorRisk",
    "BookShare",
    "Champion",
    "ClosedMatch",
    "Coherence",
    "Correction",
    "DecidedLeg",
    "Decision",
    "Derivation",
    "DynamicMargin",
    "EventMatch",
    "EventRisk",
    "Exposure",
    "FairPrice",
    "Fixture",
    "Grade",
    "Grant",
    "Heartbeat",
    "HedgeBet",
    "Hold",
    "Leg",
    "LegGraded",
    "LiveBasis",
    "MarginProfile",
    "Mark",
    "MarketExposure",
    "MatchState",
    "OfferedPrice",
    "OperatorCommand",
    "OperatorProfile",
    "PlaceTerms",
    "Portfolio",
    "PriceBasis",
    "PriceRules",
    "Quote",
    "Reservation",
    "Result",
    "RingMember",
    "RuleFigure",
    "SettledLeg",
    "Settlement",
    "SharedRoom",
    "StakeFactor",
    "StoodOn",
    "TailFigure",
    "TimeFactor",
    "Treatment",
]
