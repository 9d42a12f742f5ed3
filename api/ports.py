"""What the edge needs of the world, as protocols."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from schemas import Bet, Coherence, Decision, Exposure, OfferedPrice, Portfolio, Settlement
from schemas.base import Message
from streams.topics import Topic

if TYPE_CHECKING:
    from api.explanations import Explanation


class Snapshots(Protocol):
    """The latest of everything, as Redis has it. All reads are of one operator."""

    async def keys(self, kind: str, operator: str) -> list[str]:
        """Return the names under which ``kind`` (``prices``, ``exposure``) has something, in no order."""
        ...

    async def prices(self, operator: str, keys: Sequence[str]) -> list[OfferedPrice | None]:
        """Return the prices under ``event_id|market`` keys."""
        ...

    async def exposures(self, operator: str, keys: Sequence[str]) -> list[Exposure | None]:
        """Return the books under ``event_id`` keys."""
        ...

    async def check(self) -> None:
        """Return when it answers; raise what is wrong otherwise."""
        ...


class BetRecords(Protocol):
    """The record of bets, as PostgreSQL has it. All reads are of one operator."""

    async def bet(self, operator: str, bettor: str, bet_id: str) -> Bet | None:
        """Return the bet as it was placed."""
        ...

    async def decision(self, operator: str, bettor: str, bet_id: str) -> Decision | None:
        """Return what became of it."""
        ...

    async def settlement(self, operator: str, bettor: str, bet_id: str) -> Settlement | None:
        """Return the latest of what it came to."""
        ...

    async def check(self) -> None:
        """Return when it answers; raise what is wrong otherwise."""
        ...


class Coherences(Protocol):
    """How coherent an operator's prices are, as PostgreSQL has it. All reads are of one operator."""

    async def coherence(self, operator: str, event_id: str) -> Coherence | None:
        """Return the score of an event."""
        ...

    async def coherences(self, operator: str, *, after: str = "", limit: int = 100) -> list[Coherence]:
        """Return scores by event, those after one."""
        ...


class Portfolios(Protocol):
    """What operators' open bets may cost together, as PostgreSQL has it."""

    async def portfolio(self, operator: str) -> Portfolio | None:
        """Return the operator's portfolio as last simulated."""
        ...


class Explanations(Protocol):
    """Why fair prices are what they are."""

    async def explain(self, offered: OfferedPrice) -> "Explanation | None":
        """Return what an offered price rests on, None where that is not known."""
        ...


class Producer(Protocol):
    """Writes to topics, as ``streams.producer.Producer`` does."""

    def send(self, topic: Topic, key: str, message: Message | None, event_time_ms: int) -> None:
        """Hand one message over; return at once."""
        ...

    def broadcast(self, topic: Topic, key: str, message: Message | None, event_time_ms: int) -> None:
        """Hand one message over for every partition; return at once."""
        ...

    async def acknowledged(self) -> None:
        """Return when everything handed over is acknowledged."""
        ...


class Tail(Protocol):
    """Follows topics, as ``streams.tail.Tail`` does."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What it follows."""
        ...

    @property
    def opened(self) -> bool:
        """Whether nothing that is written from now on can be missed."""
        ...

    @property
    def at_end(self) -> bool:
        """Whether it has caught up once."""
        ...

    @property
    def healthy(self) -> bool:
        """Whether the broker answers."""
        ...

    @property
    def failure(self) -> BaseException | None:
        """What ended it, if it has ended by itself."""
        ...

    async def start(self) -> None:
        """Start following."""
        ...

    async def stop(self) -> None:
        """Stop following."""
        ...


Clock = Callable[[], float]
"""Returns seconds since 1970-01-01 UTC."""


class CashOutQuote(Protocol):
    """What is offered for a bet, minor units; None with the reason why nothing is."""

    @property
    def offered(self) -> int | None:
        """Minor units."""
        ...

    @property
    def reason(self) -> str | None:
        """A code; None where an offer is made."""
        ...

    @property
    def fair_value(self) -> float:
        """What is bought back is expected to pay."""
        ...

    @property
    def margin(self) -> float:
        """How much of it is kept."""
        ...


class CashOuts(Protocol):
    """Quotes to buy bets back."""

    async def quote(
        self,
        decision: Decision,
        settlement: Settlement | None,
        prices: Sequence[OfferedPrice | None],
        share: float,
    ) -> CashOutQuote:
        """Return what is offered for ``share`` of a bet; ``prices`` are those of its legs' markets."""
        ...
