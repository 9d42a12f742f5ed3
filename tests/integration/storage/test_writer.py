import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from schemas import (
    Alert,
    Bet,
    BettorRisk,
    Decision,
    Exposure,
    FairPrice,
    Fixture,
    Mark,
    OfferedPrice,
    OperatorCommand,
    OperatorProfile,
)
from storage import tables
from storage.errors import Unreachable
from storage.metrics import CONFLICTS, REFUSED, ROWS
from storage.writer import Writer
from tests.unit.storage.messages import golden, row, rows

pytestmark = pytest.mark.integration

DAY_MS = 86_400_000


@pytest.fixture
async def writer(database) -> AsyncIterator[Writer]:
    found = Writer(database.primary)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
async def sql(database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.primary)
    yield connection
    await connection.close()


def decisions(numbers: Sequence[int], **changes: object) -> list[Decision]:
    return [golden(Decision, "accepted", bet_id=f"bet-{n}", **changes) for n in numbers]


def contradicted(operator: str) -> float:
    return CONFLICTS.labels(operator)._value.get()


async def test_the_same_rows_a_second_time_change_nothing(writer, sql):
    batch = rows(tables.DECISIONS, *decisions(range(50)))
    before = ROWS.labels("decisions")._value.get()
    assert await writer.write(tables.DECISIONS, batch) == []
    assert await writer.write(tables.DECISIONS, batch[25:]) == []
    assert await sql.fetchval("SELECT count(*) FROM decisions") == 50
    assert await sql.fetchval("SELECT count(*) FROM decision_conflicts") == 0
    assert ROWS.labels("decisions")._value.get() - before == 50


@pytest.mark.parametrize(
    ("table", "model"),
    [
        (tables.FIXTURES, Fixture),
        (tables.BETS, Bet),
        (tables.MARKS, Mark),
        (tables.FAIR_PRICES, FairPrice),
        (tables.OFFERED_PRICES, OfferedPrice),
        (tables.EXPOSURES, Exposure),
        (tables.BETTORS, BettorRisk),
        (tables.ALERTS, Alert),
        (tables.COMMANDS, OperatorCommand),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_every_table_takes_its_message_once(writer, sql, table, model):
    message = golden(model)
    for _ in range(2):
        assert await writer.write(table, rows(table, message, message)) == []
    [stored] = await sql.fetch(f"SELECT body FROM {table.name}")
    assert model.model_validate_json(stored["body"]) == message


async def test_a_decision_that_contradicts_a_stored_one_is_kept_apart_and_counted(writer, sql):
    first = decisions([1], operator="contradictory")
    other = decisions([1], operator="contradictory", stake=1)
    before = contradicted("contradictory")
    await writer.write(tables.DECISIONS, rows(tables.DECISIONS, *first))
    await writer.write(tables.DECISIONS, rows(tables.DECISIONS, *other))
    [stored] = await sql.fetch("SELECT stake, body FROM decisions")
    assert Decision.model_validate_json(stored["body"]) == first[0]
    [conflict] = await sql.fetch("SELECT bet_id, stored, body FROM decision_conflicts")
    assert conflict["bet_id"] == "bet-1"
    assert Decision.model_validate_json(conflict["stored"]) == first[0]
    assert Decision.model_validate_json(conflict["body"]) == other[0]
    assert contradicted("contradictory") - before == 1


async def test_a_contradiction_that_is_sent_again_is_counted_once(writer, sql):
    before = contradicted("contradictory")
    await writer.write(tables.DECISIONS, rows(tables.DECISIONS, *decisions([1], operator="contradictory")))
    for stake in (1, 1, 2):
        other = decisions([1], operator="contradictory", stake=stake)
        await writer.write(tables.DECISIONS, rows(tables.DECISIONS, *other))
    assert await sql.fetchval("SELECT count(*) FROM decision_conflicts") == 2
    assert contradicted("contradictory") - before == 2


async def test_contradictions_within_one_chunk_are_found_too(writer, sql):
    chunk = [*decisions([1, 2]), *decisions([1], stake=1), *decisions([2])]
    await writer.write(tables.DECISIONS, rows(tables.DECISIONS, *chunk))
    assert await sql.fetchval("SELECT count(*) FROM decisions") == 2
    assert await sql.fetchval("SELECT stake FROM decisions WHERE bet_id = 'bet-1'") == chunk[0].stake
    assert [r["bet_id"] for r in await sql.fetch("SELECT bet_id FROM decision_conflicts")] == ["bet-1"]


async def test_spelling_a_decision_otherwise_contradicts_nothing(writer, sql):
    [decision] = decisions([1])
    again = decision.model_dump_json(indent=2).replace('"stake": ', '"stake":   ')
    await writer.write(tables.DECISIONS, rows(tables.DECISIONS, decision))
    await writer.write(tables.DECISIONS, [tables.DECISIONS.row(decision, again)])
    assert await sql.fetchval("SELECT count(*) FROM decision_conflicts") == 0


async def test_the_first_bet_of_an_id_stands(writer, sql):
    await writer.write(tables.BETS, rows(tables.BETS, golden(Bet, stake=100), golden(Bet, stake=200)))
    await writer.write(tables.BETS, rows(tables.BETS, golden(Bet, stake=300)))
    assert [r["stake"] for r in await sql.fetch("SELECT stake FROM bets")] == [100]


@pytest.mark.parametrize(
    ("table", "model", "version"),
    [
        (tables.EXPOSURES, Exposure, "version"),
        (tables.BETTORS, BettorRisk, "version"),
        (tables.MARKS, Mark, "fair_sequence"),
        (tables.FIXTURES, Fixture, "event_time_ms"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_only_a_newer_one_replaces_what_is_there(writer, sql, table, model, version):
    async def stored() -> int:
        body = await sql.fetchval(f"SELECT body FROM {table.name}")
        return getattr(model.model_validate_json(body), version)

    def numbered(*numbers: int) -> list[tuple]:
        return rows(table, *(golden(model, **{version: number}) for number in numbers))

    await writer.write(table, numbered(3, 5, 4))
    assert await stored() == 5
    await writer.write(table, numbered(4, 5))
    assert await stored() == 5
    await writer.write(table, numbered(6))
    assert await stored() == 6


async def test_the_latest_offered_price_is_kept_beside_the_history(writer, sql):
    for sequences in ((1, 3, 2), (4,), (2,)):
        prices = [golden(OfferedPrice, sequence=number) for number in sequences]
        await writer.write(tables.OFFERED_PRICES, rows(tables.OFFERED_PRICES, *prices))
    assert await sql.fetchval("SELECT count(*) FROM offered_prices") == 4
    assert [r["sequence"] for r in await sql.fetch("SELECT sequence FROM offered_latest")] == [4]


async def test_each_version_of_a_profile_is_kept_with_the_command_that_set_it(writer, sql):
    commands = [
        golden(
            OperatorCommand,
            "profile",
            command_id=f"c{n}",
            profile=OperatorProfile(operator="north", version=n),
        )
        for n in (1, 2)
    ]
    await writer.write(tables.COMMANDS, rows(tables.COMMANDS, *commands, *commands))
    stored = await sql.fetch("SELECT version, command_id FROM operator_profiles ORDER BY version")
    assert [tuple(r) for r in stored] == [(1, "c1"), (2, "c2")]


async def test_a_profile_that_names_another_operator_is_no_profile_of_theirs(writer, sql):
    foreign = OperatorProfile(operator="south", version=9)
    await writer.write(
        tables.COMMANDS, rows(tables.COMMANDS, golden(OperatorCommand, "profile", profile=foreign))
    )
    assert await sql.fetchval("SELECT count(*) FROM commands") == 1
    assert await sql.fetchval("SELECT count(*) FROM operator_profiles") == 0


async def test_rows_that_cannot_be_held_are_named_and_the_others_written(writer, sql):
    good = decisions(range(64))
    chunk = rows(tables.DECISIONS, *good)
    nul = good[10].model_dump_json()[:-1] + ',"later_field":"\\u0000"}'
    chunk[10] = tables.DECISIONS.row(good[10], nul)
    chunk[40] = row(tables.DECISIONS, decisions([40], payout=2**70)[0])
    chunk[63] = tables.DECISIONS.row(good[63], "no JSON")
    before = REFUSED.labels("decisions")._value.get()
    refused = await writer.write(tables.DECISIONS, chunk)
    assert [index for index, _ in refused] == [10, 40, 63]
    assert "UntranslatableCharacterError" in refused[0][1]
    assert "out of int64 range" in refused[1][1]
    assert "InvalidTextRepresentationError" in refused[2][1]
    assert await sql.fetchval("SELECT count(*) FROM decisions") == 61
    assert REFUSED.labels("decisions")._value.get() - before == 3


async def test_a_bet_that_no_rule_would_take_is_recorded_as_it_was_asked_for(writer, sql):
    absurd = golden(Bet, stake=-(10**40), bettor="\U0001f600" * 200, bet_id="é" * 200, operator="ö" * 200)
    assert await writer.write(tables.BETS, rows(tables.BETS, absurd)) == []
    rejected = golden(Decision, requested_stake=10**40, requested_price=-1.0)
    assert await writer.write(tables.DECISIONS, rows(tables.DECISIONS, rejected)) == []
    assert await sql.fetchval("SELECT stake::text FROM bets") == str(-(10**40))


async def test_prices_of_any_day_find_a_partition_of_that_day(writer, sql):
    times = [0, 1_782_057_600_000, 1_782_057_600_000 + DAY_MS, 253_402_300_799_999]
    prices = [golden(FairPrice, sequence=n + 1, event_time_ms=at) for n, at in enumerate(times)]
    assert await writer.write(tables.FAIR_PRICES, rows(tables.FAIR_PRICES, *prices)) == []
    found = await sql.fetch("SELECT tableoid::regclass::text AS name FROM fair_prices ORDER BY sequence")
    days = ("19700101", "20260621", "20260622", "99991231")
    assert [r["name"] for r in found] == [f"fair_prices_{day}" for day in days]


async def test_absurdly_many_days_end_in_the_default_partition(writer, sql):
    for day, made in ((20, True), (21, True), (22, False), (21, True)):
        at = f"2026-06-{day}"
        assert await sql.fetchval("SELECT add_history_day('fair_prices', $1::text::date, 2)", at) is made
    await sql.execute(
        "INSERT INTO fair_prices VALUES ('e', 'm', 1, '2026-06-22 12:00Z', '2026-06-22 12:00Z', 'x', '{}')"
    )
    assert await sql.fetchval("SELECT count(*) FROM ONLY fair_prices_default") == 1


async def test_a_day_that_lies_in_the_default_partition_stays_there(writer, sql):
    await sql.execute(
        "INSERT INTO fair_prices VALUES ('e', 'm', 1, '2026-06-21 12:00Z', '2026-06-21 12:00Z', 'x', '{}')"
    )
    price = golden(FairPrice, event_time_ms=1_782_057_600_000)
    assert await writer.write(tables.FAIR_PRICES, rows(tables.FAIR_PRICES, price)) == []
    assert await sql.fetchval("SELECT count(*) FROM ONLY fair_prices_default") == 2


async def test_days_before_a_date_are_dropped_whole(writer, sql):
    at = 1_782_057_600_000
    prices = [golden(OfferedPrice, sequence=n + 1, event_time_ms=at + n * DAY_MS) for n in range(3)]
    await writer.write(tables.OFFERED_PRICES, rows(tables.OFFERED_PRICES, *prices))
    dropped = await sql.fetch("SELECT drop_history_before('2026-06-23')")
    assert [r[0] for r in dropped] == ["offered_prices_20260621", "offered_prices_20260622"]
    assert [r["sequence"] for r in await sql.fetch("SELECT sequence FROM offered_prices")] == [3]
    again = [golden(OfferedPrice, sequence=9, event_time_ms=at + 2 * DAY_MS)]
    assert await writer.write(tables.OFFERED_PRICES, rows(tables.OFFERED_PRICES, *again)) == []


async def test_writers_of_the_same_keys_in_opposite_order_do_not_block_each_other(writer, sql):
    """Commands are broadcast: every partition brings the same ones."""
    commands = [golden(OperatorCommand, command_id=f"c{n}") for n in range(300)]
    forward = rows(tables.COMMANDS, *commands)
    for _ in range(5):
        await sql.execute("TRUNCATE commands")
        done = await asyncio.gather(
            *(writer.write(tables.COMMANDS, batch) for batch in (forward, forward[::-1]) * 4)
        )
        assert done == [[]] * 8
        assert await sql.fetchval("SELECT count(*) FROM commands") == 300


async def test_a_database_without_tables_is_not_ready(empty_database):
    writer = Writer(empty_database.primary)
    await writer.open()
    try:
        with pytest.raises(Unreachable, match="does not exist"):
            await writer.write(tables.BETS, rows(tables.BETS, golden(Bet)))
    finally:
        await writer.close()


async def test_a_replica_is_no_place_to_write(database):
    writer = Writer(database.replica)
    await writer.open()
    try:
        with pytest.raises(Unreachable):
            await writer.write(tables.BETS, rows(tables.BETS, golden(Bet)))
    finally:
        await writer.close()


async def test_a_batch_of_any_size_is_written(writer, sql):
    assert await writer.write(tables.DECISIONS, []) == []
    batch = rows(tables.DECISIONS, *decisions(range(2345)))
    batch[2222] = tables.DECISIONS.row(decisions([2222])[0], "no JSON")
    assert [index for index, _ in await writer.write(tables.DECISIONS, batch)] == [2222]
    assert await sql.fetchval("SELECT count(*) FROM decisions") == 2344


async def test_reasons_are_a_column_of_their_own(writer, sql):
    decision = golden(Decision, reasons=["max_stake", "velocity"])
    await writer.write(tables.DECISIONS, rows(tables.DECISIONS, decision, golden(Decision, "accepted")))
    found = await sql.fetch("SELECT reasons FROM decisions ORDER BY decision DESC")
    assert sorted(r["reasons"] for r in found) == sorted(
        [decision.reasons, golden(Decision, "accepted").reasons]
    )
