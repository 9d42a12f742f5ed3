from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from agents.sink import PostgresSink
from schemas import Alert, Bet, Decision, OfferedPrice
from schemas.catalogue import CATALOGUE
from schemas.export import GOLDEN_DIR
from storage import migrations
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox, Unavailable
from streams.topics import ALERTS, BETS, DECISIONS, QUOTES, SHARED, offered, registry
from tests.unit.storage.messages import golden

pytestmark = pytest.mark.integration

OPERATORS = ("north", "south")


@pytest.fixture
async def sink(database) -> AsyncIterator[PostgresSink]:
    found = PostgresSink(database.primary, OPERATORS)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def sql(database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.primary)
    yield connection
    await connection.close()


def chunk(topic: str, values: Sequence[bytes | None], headers: Sequence[tuple[str, bytes]] = ()) -> Chunk:
    records = [
        PlainRecord(topic, 1, 10 + i, 1_782_057_600_000, b"key", v, headers) for i, v in enumerate(values)
    ]
    return Chunk(topic, 1, records)


def stored_topics() -> list[str]:
    sink = PostgresSink("", OPERATORS)
    return [name for name in sink.inputs() if not name.endswith(".dlq")]


@pytest.mark.parametrize("topic", stored_topics())
async def test_each_topics_messages_are_stored_once_however_often_they_come(sink, sql, topic):
    subject = "prices.offered.v1" if topic.startswith("prices.offered.") else topic
    out = Outbox(4)
    message = CATALOGUE[subject].model_validate_json((GOLDEN_DIR / subject / "full.json").read_bytes())
    if topic.startswith("prices.offered."):
        message = message.model_copy(update={"operator": topic.split(".")[2]})
    for _ in range(2):
        await sink.process(chunk(topic, [message.model_dump_json().encode(), None]), out)
    assert out.rejected == []
    bodies = await sql.fetch(f"SELECT count(*), min(body::text) AS body FROM {sink._tables[topic].name}")
    assert bodies[0]["count"] == 1
    assert type(message).model_validate_json(bodies[0]["body"]) == message


async def test_what_stays_between_stages_or_comes_in_bulk_is_not_stored():
    left_out = {topic.name for topic in SHARED} - set(stored_topics())
    assert left_out == {
        "odds.quotes.v1",
        "prices.derived.v1",
        "events.matches.v1",
        "events.results.v1",
        "feeds.heartbeats.v1",
        "bets.assessed.v1",
        "bets.reservations.v1",
        "bets.grants.v1",
        "bets.graded.v1",
        "models.champions.v1",
        "book.allotments.v1",
        "book.uses.v1",
        "risk.rings.v1",
    }


async def test_dead_letters_of_every_topic_are_read():
    assert {topic.dlq for topic in registry(OPERATORS)} <= set(PostgresSink("", OPERATORS).inputs())


async def test_poison_in_the_middle_is_rejected_and_delays_nothing(sink, sql):
    bets = [golden(Bet, bet_id=f"b{n}").model_dump_json().encode() for n in range(5)]
    alien = bets[3][:-1] + b',"note":"\\u0000"}'
    out = Outbox(4)
    await sink.process(chunk(BETS.name, [*bets[:2], b"{", bets[2], b'{"bet_id": 1}', alien, bets[4]]), out)
    assert [(record.offset, reason.split(":")[0]) for record, reason in out.rejected] == [
        (12, "not_json"),
        (14, "schema"),
        (15, "storage"),
    ]
    found = await sql.fetch("SELECT bet_id FROM bets ORDER BY bet_id")
    assert [row["bet_id"] for row in found] == ["b0", "b1", "b2", "b4"]


async def test_a_price_on_another_operators_topic_is_rejected(sink, sql):
    price = golden(OfferedPrice, operator="south").model_dump_json().encode()
    out = Outbox(4)
    await sink.process(chunk(offered("north").name, [price]), out)
    assert [reason for _, reason in out.rejected] == ["operator: this topic is north's"]
    assert await sql.fetchval("SELECT count(*) FROM offered_prices") == 0


async def test_a_contradicting_decision_is_kept_apart(sink, sql):
    for stake in (100, 200):
        decision = golden(Decision, "accepted", stake=stake)
        await sink.process(chunk(DECISIONS.name, [decision.model_dump_json().encode()]), Outbox(4))
    assert await sql.fetchval("SELECT stake FROM decisions") == 100
    assert await sql.fetchval("SELECT body ->> 'stake' FROM decision_conflicts") == "200"


async def test_a_dead_letter_is_stored_by_its_origin(sink, sql):
    headers = [
        ("reason", b"a header of the record's own"),
        ("origin-topic", b"odds.quotes.v1"),
        ("origin-partition", b"3"),
        ("origin-offset", b"77"),
        ("reason", b"schema: prices.home: Input should be greater than 1"),
    ]
    out = Outbox(4)
    for _ in range(2):
        await sink.process(chunk(QUOTES.dlq, [b"\x00\xff"], headers), out)
    [row] = await sql.fetch("SELECT topic, partition, record_offset, reason, body FROM dead_letters")
    assert tuple(row) == ("odds.quotes.v1", 3, 77, headers[-1][1].decode(), b"\x00\xff")
    assert out.rejected == []


async def test_a_dead_letter_without_origin_is_stored_by_its_own_place(sink, sql):
    await sink.process(chunk(QUOTES.dlq, [None], [("origin-offset", b"minus one")]), Outbox(4))
    [row] = await sql.fetch("SELECT topic, partition, record_offset, reason, body FROM dead_letters")
    assert tuple(row) == ("odds.quotes.v1", 1, 10, "unknown", None)


async def test_a_dead_letter_that_cannot_be_stored_is_not_sent_round_again(sink, sql):
    headers = [("origin-topic", b"odds.quotes.v1"), ("origin-partition", b"99999999999")]
    out = Outbox(4)
    await sink.process(chunk(QUOTES.dlq, [b"x"], headers), out)
    assert out.rejected == []
    assert await sql.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_a_database_that_is_away_makes_the_sink_unavailable_until_it_is_back(servers):
    sink = PostgresSink(servers.addresses.postgres, OPERATORS)
    await sink.start()
    alert = chunk(ALERTS.name, [golden(Alert).model_dump_json().encode()])
    try:
        with pytest.raises(Unavailable):
            await sink.process(alert, Outbox(4))
        await servers.start("postgres")
        with pytest.raises(Unavailable, match="does not exist"):
            await sink.process(alert, Outbox(4))
        await migrations.apply(servers.addresses.postgres)
        await sink.process(alert, Outbox(4))
    finally:
        await sink.stop()
