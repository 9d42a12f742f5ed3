"""The registry: every topic declared once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import schemas
from schemas.base import Message

DAY_MS = 86_400_000
DLQ_SUFFIX = ".dlq"
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""The largest record that a topic takes; values of tables count too."""
MAX_CHANGELOG_BYTES = 2 * MAX_MESSAGE_BYTES
"""The largest record of a changelog: the outcome of a whole chunk."""

Latency = Literal["feed_to_price", "bet_to_decision"]
Flow = Literal["in", "between", "out"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What flows on one topic.

    Parameters
    ----------
    name : str
        ``<domain>.<entity>.v<major>``.
    key : str
        What the record's key is, in words.
    message : type of Message
        What the value is.
    cleanup : str
        ``delete`` (kept for ``retention_ms``) or ``compact`` (the latest per key is kept).
    broadcast : bool
        Each record is written to every partition.
    latency : str or None
        The histogram that a record written here ends, counted from its origin.
    flow : str
        ``in`` from others to the platform, ``between`` its own stages, ``out`` to others.
    """

    name: str
    key: str
    message: type[Message]
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int = 7 * DAY_MS
    broadcast: bool = False
    latency: Latency | None = None
    flow: Flow = "out"

    @property
    def dlq(self) -> str:
        """Name of the topic that takes what could not be read here."""
        return self.name + DLQ_SUFFIX


QUOTES = Topic("odds.quotes.v1", "event_id", schemas.Quote, flow="in")
FIXTURES = Topic("events.fixtures.v1", "event_id", schemas.Fixture, cleanup="compact", flow="in")
RESULTS = Topic("events.results.v1", "event_id", schemas.Result, flow="in")
MATCHES = Topic("events.matches.v1", "feed|feed_id", schemas.EventMatch, cleanup="compact", flow="in")
HEARTBEATS = Topic("feeds.heartbeats.v1", "feed", schemas.Heartbeat, broadcast=True, flow="in")
BETS = Topic("bets.placed.v1", "operator|bettor", schemas.Bet, flow="in")
COMMANDS = Topic(
    "operators.commands.v1", "operator|command_id", schemas.OperatorCommand, broadcast=True, flow="in"
)

ASSESSED = Topic("bets.assessed.v1", "event_id", schemas.AssessedBet, flow="between")
MARKS = Topic("bets.marked.v1", "operator|bettor", schemas.Mark, flow="between")
CLOSED = Topic("events.closed.v1", "event_id", schemas.ClosedMatch, broadcast=True, flow="between")

DERIVED = Topic("prices.derived.v1", "event_id|market", schemas.FairPrice, flow="between")
FAIR = Topic("prices.fair.v1", "event_id|market", schemas.FairPrice)
DECISIONS = Topic("bets.decisions.v1", "event_id", schemas.Decision, latency="bet_to_decision")
RESERVATIONS = Topic("bets.reservations.v1", "event_id", schemas.Reservation, flow="between")
GRANTS = Topic("bets.grants.v1", "operator|bettor", schemas.Grant, flow="between")
GRADED = Topic("bets.graded.v1", "operator|bettor", schemas.LegGraded, flow="between")
SETTLED = Topic("bets.settled.v1", "operator|bettor", schemas.Settlement)
ALLOTMENTS = Topic(
    "book.allotments.v1",
    "operator|scope|partition",
    schemas.Allotment,
    cleanup="compact",
    flow="between",
)
USES = Topic("book.uses.v1", "operator|scope", schemas.AllotmentUse, flow="between")
EXPOSURE = Topic("book.exposure.v1", "event_id|operator", schemas.Exposure, cleanup="compact")
BETTORS = Topic("risk.bettors.v1", "operator|bettor", schemas.BettorRisk, cleanup="compact")
RINGS = Topic("risk.rings.v1", "operator|bettor", schemas.RingMember, cleanup="compact")
COHERENCE = Topic("risk.coherence.v1", "event_id|operator", schemas.Coherence, cleanup="compact")
PORTFOLIOS = Topic("risk.portfolios.v1", "operator", schemas.Portfolio, cleanup="compact")
ALERTS = Topic("risk.alerts.v1", "subject", schemas.Alert)
CHAMPIONS = Topic("models.champions.v1", "market", schemas.Champion, cleanup="compact", broadcast=True)

SHARED = (
    QUOTES,
    FIXTURES,
    RESULTS,
    MATCHES,
    HEARTBEATS,
    BETS,
    COMMANDS,
    ASSESSED,
    MARKS,
    CLOSED,
    DERIVED,
    FAIR,
    DECISIONS,
    RESERVATIONS,
    GRANTS,
    GRADED,
    SETTLED,
    ALLOTMENTS,
    USES,
    EXPOSURE,
    BETTORS,
    RINGS,
    COHERENCE,
    PORTFOLIOS,
    ALERTS,
    CHAMPIONS,
)
"""All topics but the operators' own."""


OFFERED_PREFIX = "prices.offered."


def offered(operator: str) -> Topic:
    """Return the topic of one operator's prices, ``prices.offered.<operator>.v1``."""
    return Topic(
        f"{OFFERED_PREFIX}{operator}.v1",
        "event_id|market",
        schemas.OfferedPrice,
        cleanup="compact",
        latency="feed_to_price",
    )


@lru_cache(maxsize=10_000)
def latency_of(name: str) -> Latency | None:
    """Return the histogram that a record written to the topic of that name ends."""
    if name.startswith(OFFERED_PREFIX):
        return "feed_to_price"
    return next((topic.latency for topic in SHARED if topic.name == name), None)


def registry(operators: Iterable[str]) -> tuple[Topic, ...]:
    """Return every topic of a platform with these operators, dead-letter topics left out."""
    return (*SHARED, *(offered(operator) for operator in operators))


def changelog(stage: str) -> str:
    """Return the name of the topic that a stage's table is recovered from."""
    return f"overround-{stage}-state-changelog"
