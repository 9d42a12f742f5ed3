import hashlib

import pytest

from schemas import Champion, ClosedMatch
from schemas.export import GOLDEN_DIR
from storage.database import Database
from storage.models import Models
from storage.tables import CLOSED_MATCHES
from storage.writer import Writer

pytestmark = pytest.mark.integration

FILES = {"model.ubj": b"trees", "card.json": b"{}", "form.json.xz": b"\x00\xff"}


@pytest.fixture
async def models(database):
    base = Database(database.primary)
    await base.open()
    yield Models(base)
    await base.close()


def champion(name, action, at_ms):
    return Champion(market="1x2", model=name, sha256="0" * 64, action=action, event_time_ms=at_ms)


async def test_a_model_comes_back_byte_for_byte_and_is_kept_once(models):
    assert await models.add("a", {"until": "2023-07-01"}, FILES)
    assert not await models.add("a", {"until": "2024-07-01"}, {"model.ubj": b"other"})
    assert await models.files("a") == FILES
    assert await models.cards() == {"a": {"until": "2023-07-01"}}
    assert await models.files("b") == {}


async def test_files_that_two_models_share_are_stored_once(models):
    await models.add("a", {}, FILES)
    await models.add("b", {}, FILES | {"card.json": b"[]"})
    rows = await models._database.at_primary("SELECT sha256 FROM model_files")
    assert len(rows) == 4
    assert hashlib.sha256(b"trees").hexdigest() in {row["sha256"] for row in rows}
    assert (await models.files("b"))["card.json"] == b"[]"


async def test_champions_are_noted_once_in_their_order(models):
    for name in ("a", "b"):
        await models.add(name, {}, FILES)
    assert await models.turn(champion("a", "promote", 1000))
    assert await models.turn(champion("b", "promote", 2000))
    assert not await models.turn(champion("b", "promote", 2000))
    assert await models.turn(champion("a", "rollback", 3000))
    assert [(turn.name, turn.action, turn.at_ms) for turn in await models.turns("1x2")] == [
        ("a", "promote", 1000),
        ("b", "promote", 2000),
        ("a", "rollback", 3000),
    ]
    assert await models.turns("ou") == []


async def test_closed_matches_come_in_the_order_of_their_starts_across_pages(models, database, monkeypatch):
    golden = ClosedMatch.model_validate_json((GOLDEN_DIR / "events.closed.v1" / "full.json").read_bytes())
    matches = [
        golden.model_copy(update={"event_id": f"e{n:02d}", "starts_at_ms": 1000 * (n % 3)}) for n in range(11)
    ]
    writer = Writer(database.primary)
    await writer.open()
    await writer.write(CLOSED_MATCHES, [CLOSED_MATCHES.row(m, m.model_dump_json()) for m in matches])
    await writer.close()
    monkeypatch.setattr("storage.models.BATCH", 2)
    found = [match async for match in models.closed_matches(2000)]
    wanted = sorted((m for m in matches if m.starts_at_ms < 2000), key=lambda m: (m.starts_at_ms, m.event_id))
    assert found == wanted
