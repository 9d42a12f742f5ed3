"""A portfolio is simulated from PostgreSQL's bets and Kafka's quotes, and told on Kafka."""

import time

import pytest

from agents.compacted import read
from agents.sink import PostgresSink
from overround.commands.portfolio import look_at
from overround.settings import Settings
from schemas import Decision, Fixture, OfferedPrice, Portfolio, Quote
from schemas.base import Message
from streams import admin
from streams.producer import Producer
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox
from streams.topics import DECISIONS, FIXTURES, PORTFOLIOS, QUOTES, offered
from tests.unit.storage.messages import golden

pytestmark = pytest.mark.integration


async def stored(dsn: str, operator: str, messages: list[tuple[str, Message]]) -> None:
    sink = PostgresSink(dsn, (operator,))
    await sink.start()
    for topic, message in messages:
        record = PlainRecord(topic, 0, 0, 0, b"k", message.model_dump_json().encode())
        out = Outbox(1)
        await sink.process(Chunk(topic, 0, [record]), out)
        assert out.rejected == []
    await sink.stop()


async def test_the_tail_and_a_hedge_at_a_fresh_quote_are_told(stack, database, tmp_path):
    operator, event = f"op-{tmp_path.name}", f"match-{tmp_path.name}"
    config = Settings(data_dir=tmp_path, kafka=stack.kafka, postgres=database.primary, operators=[operator])
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    for topic in (PORTFOLIOS, QUOTES):
        admin.apply([topic], stack.kafka, there.get(topic.name, config.partitions), 1)
    bet = {"operator": operator, "event_id": event, "market": "1x2", "outcome": "home"}
    prices = {"home": 1.9, "draw": 3.4, "away": 4.2}
    price = golden(OfferedPrice, operator=operator, event_id=event, market="1x2", prices=prices)
    await stored(
        database.primary,
        operator,
        [
            (FIXTURES.name, golden(Fixture, event_id=event, sport="soccer")),
            (offered(operator).name, price),
            (DECISIONS.name, golden(Decision, "accepted", **bet, stake=100_000, payout=190_000, price=1.9)),
        ],
    )
    now_ms = time.time_ns() // 1_000_000
    with Producer(stack.kafka) as producer:
        told = {"event_id": event, "market": "1x2", "prices": {"home": 1.95, "draw": 3.3, "away": 4.1}}
        quote = golden(Quote, book="rival", event_time_ms=now_ms, quoted_at_ms=now_ms, **told)
        producer.send(QUOTES, event, quote, now_ms)
        producer.flush()
    (found,) = await look_at(config, [operator], 60.0, 1_000_000, 5_000, dry_run=False)
    assert (found.open_events, found.draws) == (1, 5_000)
    (risk,) = found.events
    assert (risk.event_id, risk.worst_case, risk.scored) == (event, 90_000, True)
    assert [(bet.book, bet.outcome) for bet in risk.hedge] == [("rival", "home")]
    assert risk.hedged_worst_case < 90_000
    published: list[Portfolio] = []
    await read(
        stack.kafka,
        [PORTFOLIOS.name],
        lambda records: published.extend(Portfolio.model_validate_json(each.value) for each in records),
    )
    assert [each for each in published if each.operator == operator] == [found]
