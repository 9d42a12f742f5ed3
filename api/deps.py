"""Everything that the edge is put together from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from api.clients import ClientStore
from api.metrics import Metrics
from api.ports import (
    BetRecords,
    CashOuts,
    Clock,
    Coherences,
    Explanations,
    Portfolios,
    Producer,
    Snapshots,
    Tail,
)
from api.problems import NOT_READY, Problem
from api.stream.board import Boards
from api.tokens import Tokens
from api.waiting import WaitingBets


@dataclass(frozen=True)
class Limits:
    """How much the edge takes on.

    Parameters
    ----------
    decision_s : float
        How long a POST waits for its bet's decision, in seconds.
    check_s : float
        How long a part may take to say that it is well.
    streams, streams_per_operator : int
        WebSocket clients at a time.
    authentication_s : float
        How long a WebSocket client may take to show its token.
    stalled_s : float
        A WebSocket client that takes nothing for this long is dropped.
    late_s : float
        Prices that reach this server later than this are told as late (status 503).
    """

    decision_s: float = 2.0
    check_s: float = 2.0
    streams: int = 2000
    streams_per_operator: int = 1000
    authentication_s: float = 10.0
    stalled_s: float = 30.0
    late_s: float = 5.0


@dataclass(frozen=True)
class Deps:
    """The parts of the edge; ``overround.commands.api`` makes real ones.

    Parameters
    ----------
    clock : callable
        Returns seconds UTC.
    tails : sequence of Tail
        What fills ``boards`` and ``waiting``; the application starts and stops them.
    registry : CollectorRegistry
        What ``/metrics`` shows.
    """

    clients: ClientStore
    tokens: Tokens
    snapshots: Snapshots
    records: BetRecords
    producer: Producer
    boards: Boards
    waiting: WaitingBets
    tails: Sequence[Tail]
    clock: Clock
    metrics: Metrics
    registry: CollectorRegistry
    limits: Limits = field(default_factory=Limits)
    explanations: Explanations | None = None
    cash_outs: CashOuts | None = None
    coherences: Coherences | None = None
    portfolios: Portfolios | None = None

    def require_kafka(self) -> None:
        """Return when topics can be written and what comes back is followed.

        Raises
        ------
        Problem
            ``not-ready``.
        """
        if not all(tail.opened and tail.healthy for tail in self.tails):
            raise Problem(NOT_READY, "Kafka does not answer", headers={"Retry-After": "1"})

    def now_ms(self) -> int:
        """Return the clock in milliseconds."""
        return int(self.clock() * 1000)
