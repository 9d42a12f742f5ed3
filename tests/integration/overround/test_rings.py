"""Rings are found in PostgreSQL's bets, told on Kafka once, and told again when they are gone."""

import json
from pathlib import Path

import pytest

from agents.sink import PostgresSink
from overround.commands.rings import look
from overround.settings import Settings
from schemas import BetContext, Decision
from streams import admin
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox
from streams.topics import ALERTS, DECISIONS, RINGS

pytestmark = pytest.mark.integration
GOLDEN = Path(__file__).parents[3] / "schemas" / "golden" / "bets.decisions.v1" / "full.json"
START_MS = 1_750_000_000_000
HOUR_MS = 3_600_000


def decision(bettor: str, event: str, at_ms: int, operator: str) -> Decision:
    fields = json.loads(GOLDEN.read_text()) | {
        "operator": operator,
        "bettor": bettor,
        "bet_id": f"{bettor}-{event}-{at_ms}",
        "event_id": event,
        "decision": "accepted",
        "context": BetContext(device=f"d-{bettor}").model_dump(),
        "event_time_ms": at_ms,
    }
    return Decision.model_validate_json(json.dumps(fields))


async def stored(decisions: list[Decision], dsn: str) -> None:
    sink = PostgresSink(dsn, ())
    await sink.start()
    records = [
        PlainRecord(DECISIONS.name, 0, n, each.event_time_ms, b"k", each.model_dump_json().encode())
        for n, each in enumerate(decisions)
    ]
    out = Outbox(1)
    await sink.process(Chunk(DECISIONS.name, 0, records), out)
    assert out.rejected == []
    await sink.stop()


async def test_a_ring_is_told_once_and_its_members_get_their_limit_back_when_it_is_gone(
    stack, database, tmp_path
):
    operator = f"op-{tmp_path.name}"
    config = Settings(data_dir=tmp_path, kafka=stack.kafka, postgres=database.primary, operators=[operator])
    there = {info.name: info.partitions for info in admin.list_topics(stack.kafka)}
    admin.apply([RINGS, ALERTS], stack.kafka, there.get(RINGS.name, config.partitions), 1)
    together = [
        decision(name, f"match-{n}", START_MS + n * HOUR_MS + i * 1_000, operator)
        for n in range(12)
        for i, name in enumerate(("x", "y", "z"))
    ]
    alone = [decision(f"c{n % 30}", f"m{n % 25}", START_MS + n * 400_000, operator) for n in range(200)]
    await stored([*together, *alone], database.primary)
    found, told = await look(config, days=30)
    assert [ring.members for ring in found[operator]] == [("x", "y", "z")]
    assert {member.bettor: round(member.share, 3) for member in told} == {"x": 0.333, "y": 0.333, "z": 0.333}
    assert (await look(config, days=30))[1] == []
    later = [decision("c1", f"late-{n}", START_MS + (2_000 + n) * HOUR_MS, operator) for n in range(3)]
    await stored(later, database.primary)
    _, told = await look(config, days=1)
    assert {(member.bettor, member.ring, member.share) for member in told} == {
        (name, None, 1.0) for name in ("x", "y", "z")
    }
