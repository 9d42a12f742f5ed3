"""Which message travels under which name: the topic registry's message side.

A subject is a topic's name; the operators' own price topics share one, without the operator's name. Its last
part is the major version: a change that old readers or old records cannot bear makes a new subject.
"""

from collections.abc import Mapping

from schemas.base import Message
from schemas.bets import AssessedBet, Bet, Decision, Grant, LegGraded, Mark, Reservation, Settlement
from schemas.book import Allotment, AllotmentUse, Exposure
from schemas.events import EventMatch, Fixture, Result
from schemas.feeds import Heartbeat
from schemas.learning import Champion, ClosedMatch
from schemas.operators import OperatorCommand
from schemas.portfolio import Portfolio
from schemas.prices import FairPrice, OfferedPrice
from schemas.quotes import Quote
from schemas.risk import Alert, BettorRisk, Coherence, RingMember

CATALOGUE: Mapping[str, type[Message]] = {
    "odds.quotes.v1": Quote,
    "events.fixtures.v1": Fixture,
    "events.results.v1": Result,
    "events.matches.v1": EventMatch,
    "feeds.heartbeats.v1": Heartbeat,
    "bets.placed.v1": Bet,
    "operators.commands.v1": OperatorCommand,
    "bets.assessed.v1": AssessedBet,
    "bets.marked.v1": Mark,
    "prices.derived.v1": FairPrice,
    "prices.fair.v1": FairPrice,
    "prices.offered.v1": OfferedPrice,
    "bets.decisions.v1": Decision,
    "bets.settled.v1": Settlement,
    "bets.reservations.v1": Reservation,
    "bets.grants.v1": Grant,
    "bets.graded.v1": LegGraded,
    "book.allotments.v1": Allotment,
    "book.uses.v1": AllotmentUse,
    "book.exposure.v1": Exposure,
    "risk.bettors.v1": BettorRisk,
    "risk.rings.v1": RingMember,
    "risk.coherence.v1": Coherence,
    "risk.portfolios.v1": Portfolio,
    "risk.alerts.v1": Alert,
    "events.closed.v1": ClosedMatch,
    "models.champions.v1": Champion,
}
