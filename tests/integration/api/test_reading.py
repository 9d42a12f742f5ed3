"""Markets, books, commands and health: what the edge reads from the snapshots, and writes."""

import asyncio
import uuid

import pytest

from schemas import Coherence, Exposure, MarketExposure, OperatorCommand, Portfolio
from storage import tables
from storage.redis_cache import Snapshots, Value
from storage.writer import Writer
from streams.tail import Tail
from streams.topics import COMMANDS
from tests.unit.storage.messages import golden, rows

pytestmark = pytest.mark.integration


@pytest.fixture
async def snapshots(edge):
    """Writes what the cache stage would; its operator's hashes are gone afterwards."""
    writer = Snapshots(edge.config.redis)

    async def write(kind: str, values: dict) -> None:
        found = {name: Value(1, value.model_dump_json().encode()) for name, value in values.items()}
        await writer.write({f"{kind}:{edge.operator}": found})

    yield write
    for kind in ("prices", "exposure"):
        name = f"{kind}:{edge.operator}"
        await writer._redis.delete(name, f"versions:{name}")
    await writer.close()


@pytest.fixture
async def markets(edge, snapshots):
    """Five events of three markets each, the totals suspended; in the order of the API."""
    found = [
        edge.price(f"e{i}", market, 1, suspended="few_books" if market.startswith("ou") else None)
        for i in range(5)
        for market in ("1x2", "ah:-0.5", "ou:2.5")
    ]
    await snapshots("prices", {f"{p.event_id}|{p.market}": p for p in found})
    return [price.model_dump(mode="json") for price in found]


async def test_markets_are_listed_page_by_page_without_loss_or_repetition(edge, markets):
    async with edge.client("prices:read") as client:
        found, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            query = {"limit": 4} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/v1/markets", params=query)).json()
            found += page["markets"]
            cursor, pages = page["next"], pages + 1
    assert (found, pages) == (markets, 4)


async def test_the_last_page_says_so_when_it_is_full(edge, markets):
    async with edge.client() as client:
        page = (await client.get("/v1/markets", params={"limit": 15})).json()
    assert (len(page["markets"]), page["next"]) == (15, None)


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({"event_id": "e3"}, lambda m: m["event_id"] == "e3"),
        ({"event_id": "e"}, lambda m: False),
        ({"suspended": "true"}, lambda m: m["suspended"] is not None),
        ({"suspended": "false", "limit": 10}, lambda m: m["suspended"] is None),
        ({"event_id": "e1", "suspended": "true"}, lambda m: m["event_id"] == "e1" and m["suspended"]),
    ],
)
async def test_markets_are_filtered(edge, markets, query, chosen):
    async with edge.client() as client:
        page = (await client.get("/v1/markets", params=query)).json()
    assert page == {"markets": [m for m in markets if chosen(m)], "next": None}


async def test_one_market_is_read_by_event_and_market(edge, markets, snapshots):
    odd = edge.price("a/b c?#ü", "ou:2.5", 3)
    await snapshots("prices", {"a/b c?#ü|ou:2.5": odd})
    async with edge.client() as client:
        one = await client.get("/v1/markets/e0/ou:2.5")
        assert one.json() == markets[2]
        assert (await client.get("/v1/markets/a%2Fb%20c%3F%23%C3%BC/ou:2.5")).json()["sequence"] == 3
        missing = await client.get("/v1/markets/e0/none")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/not-found")


async def test_an_operator_sees_no_market_and_no_book_of_another(edge, markets):
    async with edge.client(operator=edge.other) as client:
        assert (await client.get("/v1/markets")).json() == {"markets": [], "next": None}
        assert (await client.get("/v1/markets/e0/1x2")).status_code == 404
        assert (await client.get("/v1/exposure")).json() == {"exposure": [], "next": None}


async def test_scores_of_coherence_are_listed_by_event_from_postgres(edge):
    scores = [
        golden(Coherence, operator=operator, event_id=f"e{i}", margin=-0.01 * i, event_time_ms=1)
        for operator in (edge.operator, edge.other)
        for i in range(5)
    ]
    writer = Writer(edge.config.postgres)
    await writer.open()
    await writer.write(tables.COHERENCE, rows(tables.COHERENCE, *scores))
    await writer.close()
    async with edge.client("exposure:read") as client:
        async with asyncio.timeout(20):
            while len((await client.get("/v1/coherence")).json()["coherence"]) < 5:
                await asyncio.sleep(0.01)  # until the replica has them
        first = (await client.get("/v1/coherence", params={"limit": 3})).json()
        rest = (await client.get("/v1/coherence", params={"limit": 3, "cursor": first["next"]})).json()
        one = (await client.get("/v1/coherence", params={"event_id": "e4"})).json()
        odd = await client.get("/v1/coherence", params={"cursor": "00ff"})
    assert first["coherence"] + rest["coherence"] == [score.model_dump(mode="json") for score in scores[:5]]
    assert rest["next"] is None
    assert [score["event_id"] for score in one["coherence"]] == ["e4"]
    assert odd.status_code == 200


async def test_the_portfolio_that_was_simulated_last_is_shown_to_its_operator(edge):
    portfolio = golden(Portfolio, operator=edge.operator)
    async with edge.client("exposure:read") as client:
        assert (await client.get("/v1/portfolio")).status_code == 404
        writer = Writer(edge.config.postgres)
        await writer.open()
        await writer.write(tables.PORTFOLIOS, rows(tables.PORTFOLIOS, portfolio))
        await writer.close()
        async with asyncio.timeout(20):
            while (found := await client.get("/v1/portfolio")).status_code == 404:
                await asyncio.sleep(0.01)  # until the replica has it
    assert found.json() == portfolio.model_dump(mode="json")


async def test_the_book_is_listed_by_event(edge, snapshots):
    books = [
        Exposure(
            operator=edge.operator,
            event_id=f"e{i}",
            version=i + 1,
            markets={"1x2": MarketExposure(stakes=100, payouts={"home": 250})},
            worst_case=150,
            event_time_ms=1,
        )
        for i in range(5)
    ]
    await snapshots("exposure", {book.event_id: book for book in books})
    async with edge.client("exposure:read") as client:
        first = (await client.get("/v1/exposure", params={"limit": 3})).json()
        rest = (await client.get("/v1/exposure", params={"limit": 3, "cursor": first["next"]})).json()
        one = (await client.get("/v1/exposure", params={"event_id": "e4"})).json()
    assert first["exposure"] + rest["exposure"] == [book.model_dump(mode="json") for book in books]
    assert rest["next"] is None
    assert [book["event_id"] for book in one["exposure"]] == ["e4"]


async def test_a_command_reaches_every_partition_in_the_name_of_the_token(edge):
    seen: list[tuple[int, OperatorCommand]] = []

    def take(records) -> None:
        found = [(r.partition, OperatorCommand.model_validate_json(r.value)) for r in records]
        seen.extend(pair for pair in found if pair[1].operator == edge.operator)

    tail = Tail(edge.config.kafka, [COMMANDS.name], take, start="end")
    await tail.start()
    await tail.wait_opened()
    body = {"command_id": uuid.uuid4().hex, "kind": "suspend", "event_id": "e1", "market": "1x2"}
    async with edge.client("commands:write") as client:
        answer = await client.post("/v1/commands", json=body)
    assert answer.status_code == 202
    partitions = edge.producer.partitions(COMMANDS)
    async with asyncio.timeout(20):
        while len(seen) < partitions:
            await asyncio.sleep(0.01)
    await tail.stop()
    assert {partition for partition, _ in seen} == set(range(partitions))
    command = seen[0][1]
    assert all(found == command for _, found in seen)
    assert command.issued_by == f"{edge.operator}-client"
    assert answer.json() == command.model_dump(mode="json")
    assert body.items() <= answer.json().items()


async def test_the_edge_is_ready_when_all_parts_answer_and_says_which_does_not(own_edge):
    async with own_edge.client() as client:
        assert (await client.get("/health/ready")).json() == {"status": "ok"}
        await own_edge.deps.records._database.close()
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
        assert answer.json()["detail"] == "PostgreSQL: Unreachable"
        bet = await client.get("/v1/bets/x", params={"bettor": "y"})
        assert (bet.status_code, bet.json()["type"]) == (503, "/problems/not-ready")
        assert (await client.get("/health/live")).status_code == 200


async def test_metrics_count_requests_by_operation_and_status(edge):
    async with edge.client() as client:
        await client.get("/v1/markets", params={"limit": "x"})
        text = (await client.get("/metrics")).text
    assert 'overround_http_request_seconds_count{operation="listMarkets",status="422"}' in text


async def test_a_client_of_the_table_gets_a_token_that_opens_the_api(edge):
    async with edge.client() as client:
        answer = await client.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "scope": "prices:read"},
            auth=("the-client", "secret-of-the-test"),
            headers={"Authorization": ""},
        )
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert (await client.get("/v1/markets", headers=headers)).status_code == 200
        assert (await client.get("/v1/exposure", headers=headers)).status_code == 403
