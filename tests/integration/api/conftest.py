"""The edge on real services, served by a real uvicorn in a thread of its own."""

import asyncio
import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import asyncpg
import httpx2
import pytest
import uvloop
from confluent_kafka import Producer as RawProducer
from joserfc.jwk import ECKey
from prometheus_client import CollectorRegistry
from uvicorn import Server
from websockets.asyncio.client import ClientConnection, connect

from api.app import create_app
from api.clients import hash_secret
from api.deps import Deps, Limits
from api.scopes import SCOPES
from api.tokens import Tokens, key_from_pem
from overround.commands.api import real_deps, server_config
from overround.settings import Settings
from schemas import Bet, Decision, OfferedPrice, StakeFactor, StoodOn
from storage import migrations, tables
from storage.clients import Client, Clients
from storage.database import Database
from storage.writer import Writer
from streams import admin
from streams.producer import Producer, client_config
from streams.tail import Tail
from streams.topics import BETS, DECISIONS, offered, registry

SECRET = "secret-of-the-test"
KEY = key_from_pem(ECKey.generate_key("P-256", private=True).as_pem(private=True))


def price_of(operator: str, event_id: str, market: str, sequence: int, **changes) -> OfferedPrice:
    """A price whose event time moves with its sequence."""
    fields = {
        "operator": operator,
        "event_id": event_id,
        "market": market,
        "sequence": sequence,
        "prices": {"home": 2.0 + sequence / 100, "draw": 3.4, "away": 3.9},
        "fair_sequence": sequence,
        "exposure_version": 0,
        "settings_version": 1,
        "overround": 1.05,
        "event_time_ms": 1_700_000_000_000 + sequence,
        **changes,
    }
    return OfferedPrice.model_validate(fields)


def decision_of(bet: Bet, decision: str = "accepted", **changes) -> Decision:
    """The decision that a book might take."""
    leg, accepted = bet.legs[0], decision == "accepted"
    fields = {
        "operator": bet.operator,
        "bettor": bet.bettor,
        "bet_id": bet.bet_id,
        "event_id": leg.event_id,
        "market": leg.market,
        "outcome": leg.outcome,
        "decision": decision,
        "reasons": [] if accepted else ["price_moved"],
        "stake": bet.stake if accepted else 0,
        "price": leg.price,
        "payout": int(bet.stake * leg.price) if accepted else 0,
        "requested_stake": bet.stake,
        "requested_price": leg.price,
        "received_at_ms": bet.event_time_ms,
        "standing": StakeFactor(factor=1.0, bets_last_minute=1),
        "rules": [],
        "stood_on": StoodOn(price=leg.price, price_sequence=1, exposure_version=0, settings_version=1),
        "event_time_ms": bet.event_time_ms,
        **changes,
    }
    return Decision.model_validate(fields)


class StreamClient:
    """A client of the price stream that knows its words."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def receive(self) -> dict:
        async with asyncio.timeout(20):
            return json.loads(await self.socket.recv())

    async def send(self, **message) -> None:
        await self.socket.send(json.dumps(message))

    async def ask(self, **message) -> dict:
        """Send, and return the status that answers."""
        await self.send(**message)
        while True:
            found = await self.receive()
            if found["op"] == "status":
                return found

    async def subscribe(self, **message) -> dict:
        """Subscribe, and return the image or what stands for it, put together from its segments."""
        status = await self.ask(op="marketSubscription", **{"id": 1, **message})
        assert status["statusCode"] == "SUCCESS", status
        whole = await self.change()
        while whole.get("seg") in ("SEG_START", "SEG"):
            part = await self.change()
            whole = {**part, "mc": whole["mc"] + part["mc"]}
        return whole

    async def change(self) -> dict:
        """Return the next market change message that is no heartbeat."""
        while True:
            found = await self.receive()
            if found["op"] == "mcm" and found.get("ct") != "HEARTBEAT":
                return found


@dataclass
class Edge:
    """A running edge, and what a test needs to talk to it and to stand in for the rest of the platform."""

    config: Settings
    operator: str
    other: str
    port: int
    deps: Deps
    tokens: Tokens
    producer: Producer
    raw: RawProducer = field(init=False)

    def __post_init__(self) -> None:
        self.raw = RawProducer(client_config(self.config.kafka))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def price(self, event_id: str, market: str, sequence: int, **changes) -> OfferedPrice:
        """A price of the first operator, unless another is named."""
        return price_of(changes.pop("operator", self.operator), event_id, market, sequence, **changes)

    def decision(self, bet: Bet, decision: str = "accepted", **changes) -> Decision:
        """The decision that a book might take on a bet."""
        return decision_of(bet, decision, **changes)

    def metric(self, name: str, **labels: str) -> float:
        """A figure as the edge counts it now; 0 where it has none."""
        return self.deps.registry.get_sample_value(name, labels) or 0.0

    def token(self, *scopes: str, operator: str | None = None) -> str:
        name = operator or self.operator
        return self.tokens.issue(f"{name}-client", name, list(scopes or SCOPES))

    def client(self, *scopes: str, operator: str | None = None) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(*scopes, operator=operator)}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30)

    @contextlib.asynccontextmanager
    async def stream(self, operator: str | None = None, **options) -> AsyncIterator[StreamClient]:
        """A stream client that has shown its token."""
        headers = {"Authorization": f"Bearer {self.token(operator=operator)}"}
        address = f"ws://127.0.0.1:{self.port}/v1/stream"
        async with connect(address, additional_headers=headers, compression=None, **options) as socket:
            client = StreamClient(socket)
            assert (await client.receive())["op"] == "connection"
            assert (await client.receive())["statusCode"] == "SUCCESS"
            yield client

    async def offer(self, *prices: OfferedPrice) -> None:
        """Write prices to their operators' topics, and wait until the edge has them."""
        for price in prices:
            key = f"{price.event_id}|{price.market}"
            self.producer.send(offered(price.operator), key, price, price.event_time_ms, route=price.event_id)
        await self.producer.acknowledged()
        for price in prices:
            entries = self.deps.boards.by_operator[price.operator].entries
            name = f"{price.event_id}|{price.market}"
            await until(lambda n=name, p=price, e=entries: n in e and e[n].sequence >= p.sequence)


async def until(condition: Callable[[], bool], within_s: float = 20) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come to hold in time"
        await asyncio.sleep(0.005)


@contextlib.contextmanager
def serving(config: Settings, limits: Limits):
    """Serve the edge from another thread; yields the server, its port and its parts."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    started: threading.Event = threading.Event()
    found: list[tuple[Server, Deps]] = []
    errors: list[BaseException] = []

    async def main() -> None:
        async with real_deps(config, KEY, url, CollectorRegistry(), limits) as deps:
            server = Server(server_config(create_app(deps)))
            found.append((server, deps))
            started.set()
            await server.serve(sockets=[sock])

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(main())
        except BaseException as error:
            errors.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait(30)
    try:
        yield (*found[0], sock.getsockname()[1])
    finally:
        found[0][0].should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the server did not stop"
        assert not errors, errors


@contextlib.contextmanager
def a_database(stack):
    """A database of our own with all tables: its primary and its replica."""
    name = f"test_{uuid.uuid4().hex}"

    async def administer(sql: str) -> None:
        connection = await asyncpg.connect(stack.postgres)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(administer(f"CREATE DATABASE {name}"))
    try:
        dsns = [f"{dsn.rpartition('/')[0]}/{name}" for dsn in (stack.postgres, stack.postgres_replica)]
        asyncio.run(migrations.apply(dsns[0]))
        yield dsns
    finally:
        asyncio.run(administer(f"DROP DATABASE {name} WITH (FORCE)"))


async def add_client(dsn: str, client: Client) -> None:
    """Let a client in."""
    store = Database(dsn)
    await store.open()
    assert await Clients(store).add(client)
    await store.close()


@contextlib.contextmanager
def an_edge(stack, data_dir, limits: Limits):
    """An edge for two operators that nobody else has, ready."""
    name = uuid.uuid4().hex[:8]
    operators = [f"a{name}", f"b{name}"]
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    admin.apply(registry(operators), stack.kafka, there.get(BETS.name, 4))
    with a_database(stack) as (primary, replica):
        asyncio.run(
            add_client(primary, Client("the-client", operators[0], tuple(SCOPES), hash_secret(SECRET)))
        )
        config = Settings(
            kafka=stack.kafka,
            postgres=primary,
            postgres_replica=replica,
            redis=stack.redis,
            operators=operators,
            data_dir=data_dir,
        )
        with serving(config, limits) as (server, deps, port), Producer(stack.kafka) as producer:
            tokens = Tokens(KEY, f"http://127.0.0.1:{port}", time.time)
            edge = Edge(config, operators[0], operators[1], port, deps, tokens, producer)
            asyncio.run(until(lambda: server.started and all(tail.at_end for tail in deps.tails)))
            yield edge


@pytest.fixture(scope="session")
def edge(stack, tmp_path_factory):
    """An edge that tests share: events and bettors are each test's own to name."""
    with an_edge(stack, tmp_path_factory.mktemp("edge"), Limits()) as found:
        yield found


@pytest.fixture
def limits() -> Limits:
    """What ``own_edge`` takes on."""
    return Limits()


@pytest.fixture
def own_edge(stack, tmp_path, limits):
    """An edge of the test's own."""
    with an_edge(stack, tmp_path, limits) as found:
        yield found


@pytest.fixture
async def record(edge):
    """Writes a bet and its decision to PostgreSQL, and waits until the replica has them."""

    async def write(bet: Bet, decision: Decision) -> None:
        store = Database(edge.config.postgres, edge.config.postgres_replica)
        await store.open()
        writer = Writer(edge.config.postgres)
        await writer.open()
        try:
            assert await writer.write(tables.BETS, [tables.BETS.row(bet, bet.model_dump_json())]) == []
            row = tables.DECISIONS.row(decision, decision.model_dump_json())
            assert await writer.write(tables.DECISIONS, [row]) == []
            await store.caught_up()
        finally:
            await writer.close()
            await store.close()

    return write


@pytest.fixture
async def book(edge) -> AsyncIterator[list[Bet]]:
    """Stands in for the stages: decides every bet of this edge's operators as it comes; yields them."""
    seen: list[Bet] = []
    raw = RawProducer(client_config(edge.config.kafka))

    def take(records) -> None:
        for record in records:
            bet = Bet.model_validate_json(record.value)
            if bet.operator in (edge.operator, edge.other):
                seen.append(bet)
                raw.produce(DECISIONS.name, decision_of(bet).model_dump_json().encode(), b"e")
        raw.poll(0)

    tail = Tail(edge.config.kafka, [BETS.name], take, start="end")
    await tail.start()
    await tail.wait_opened()
    yield seen
    await tail.stop()
    assert tail.failure is None
    assert raw.flush(10) == 0
