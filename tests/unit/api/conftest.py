"""An edge without services: what it would ask of the world is in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from argon2 import PasswordHasher
from joserfc.jwk import ECKey
from prometheus_client import CollectorRegistry
from starlette.testclient import TestClient

from api.app import create_app
from api.clients import Client, MemoryClients
from api.deps import Deps, Limits
from api.metrics import Metrics
from api.scopes import SCOPES
from api.stream.board import Boards
from api.tokens import Tokens, key_from_pem
from api.waiting import WaitingBets
from schemas import Bet, Decision, Exposure, OfferedPrice, Settlement
from schemas.base import Message
from streams.producer import DeliveryError
from streams.topics import Topic

URL = "https://api.example"
SECRET = "s3cret & more: ü"
KEY = key_from_pem(ECKey.generate_key("P-256", private=True).as_pem(private=True))
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET_HASH = QUICK.hash(SECRET)
PLAIN_HASH = QUICK.hash("plain-secret")


@dataclass
class Memory:
    """Snapshots and records."""

    found_prices: dict[str, OfferedPrice] = field(default_factory=dict)
    broken: Exception | None = None
    decided: Decision | None = None
    settled: Settlement | None = None

    async def keys(self, kind: str, operator: str) -> list[str]:
        await self.check()
        return list(self.found_prices) if kind == "prices" else []

    async def prices(self, operator: str, keys: Sequence[str]) -> list[OfferedPrice | None]:
        await self.check()
        return [self.found_prices.get(key) for key in keys]

    async def exposures(self, operator: str, keys: Sequence[str]) -> list[Exposure | None]:
        return [None for _ in keys]

    async def bet(self, operator: str, bettor: str, bet_id: str) -> Bet | None:
        return None

    async def decision(self, operator: str, bettor: str, bet_id: str) -> Decision | None:
        return self.decided

    async def settlement(self, operator: str, bettor: str, bet_id: str) -> Settlement | None:
        return self.settled

    async def check(self) -> None:
        if self.broken is not None:
            raise self.broken


@dataclass
class Outbox:
    """A producer whose broker takes everything, nothing, or does not answer."""

    sent: list[tuple[str, str, Message | None, int]] = field(default_factory=list)
    takes: bool = True
    answers: bool = True

    def send(self, topic: Topic, key: str, message: Message | None, event_time_ms: int) -> None:
        if not self.takes:
            raise DeliveryError("no")
        self.sent.append((topic.name, key, message, event_time_ms))

    broadcast = send

    async def acknowledged(self) -> None:
        if not self.answers:
            raise DeliveryError("no answer")


@dataclass
class Still:
    """A tail that follows nothing."""

    topics: tuple[str, ...] = ("a.topic",)
    opened: bool = True
    at_end: bool = True
    healthy: bool = True
    failure: BaseException | None = None

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


class Clock:
    """A clock that is set by hand, seconds UTC."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits() -> Limits:
    """Limits under which nothing is waited for for long."""
    return Limits(decision_s=0.05, check_s=0.05)


@pytest.fixture
def deps(clock, limits) -> Deps:
    registry = CollectorRegistry()
    metrics, memory = Metrics(registry), Memory()
    clients = MemoryClients(
        Client("desk", "north", SECRET_HASH, tuple(SCOPES)),
        Client("library", "north", PLAIN_HASH, ("prices:read",)),
        Client("screen", "north", SECRET_HASH, ("prices:read", "bets:read")),
    )
    return Deps(
        clients=clients,
        tokens=Tokens(KEY, URL, clock),
        snapshots=memory,
        records=memory,
        producer=Outbox(),
        boards=Boards(["north", "south"], metrics, clock),
        waiting=WaitingBets(),
        tails=(Still(),),
        clock=clock,
        metrics=metrics,
        registry=registry,
        limits=limits,
    )


@pytest.fixture
def app(deps):
    return create_app(deps)


@pytest.fixture
def client(app):
    with TestClient(app, base_url=URL, raise_server_exceptions=False) as found:
        yield found


@pytest.fixture
def bearer(deps):
    """Makes the header that carries a token."""

    def make(*scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {deps.tokens.issue('desk', 'north', list(scopes or SCOPES))}"}

    return make


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def price():
    """Makes prices whose event time moves with their sequence."""

    def make(event_id: str, market: str, sequence: int, **changes) -> OfferedPrice:
        fields = {
            "operator": "north",
            "event_id": event_id,
            "market": market,
            "sequence": sequence,
            "prices": {"home": 2.0, "away": 1.9},
            "fair_sequence": 1,
            "exposure_version": 0,
            "settings_version": 1,
            "overround": 1.02,
            "event_time_ms": 1_000 + sequence,
            **changes,
        }
        return OfferedPrice.model_validate(fields)

    return make
