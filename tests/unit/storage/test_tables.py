import re
from datetime import UTC, datetime

import pytest

from storage import tables
from storage.migrations import available
from storage.table import Table
from storage.tables import TABLES, DeadLetter, instant
from tests.unit.storage.messages import golden

MODELS = {
    "fixtures": "Fixture",
    "bets": "Bet",
    "decisions": "Decision",
    "settlements": "Settlement",
    "marks": "Mark",
    "fair_prices": "FairPrice",
    "offered_prices": "OfferedPrice",
    "exposures": "Exposure",
    "bettors": "BettorRisk",
    "coherence": "Coherence",
    "portfolios": "Portfolio",
    "alerts": "Alert",
    "commands": "OperatorCommand",
    "closed_matches": "ClosedMatch",
}


def message_of(table: Table) -> object:
    if table is tables.DEAD_LETTERS:
        return DeadLetter("odds.quotes.v1", 0, 7, "not_json", 5, b"{")
    import schemas

    return golden(getattr(schemas, MODELS[table.name]))


def declared() -> dict[str, list[str]]:
    """The columns of each table, from the migrations."""
    sql = "\n".join(step.sql for step in available())
    found = {
        name: re.findall(r"^    ([a-z_]+) +(?!KEY)", body, re.MULTILINE)
        for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", sql, re.DOTALL)
    }
    for name, column in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", sql):
        found[name].append(column)
    return found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_fills_the_columns_that_the_migrations_declare(table):
    assert len(table.row(message_of(table), "{}")) == len(table.names)
    assert sorted([*table.names, *table.computed]) == sorted(declared()[table.name])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_body_comes_last(table):
    assert table.names[-1] == "body"


def test_an_instant_is_exact_to_the_millisecond_up_to_the_last_one():
    assert instant(1_782_057_600_001) == datetime(2026, 6, 21, 16, 0, 0, 1000, UTC)
    assert instant(253_402_300_799_999) == datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC)


def test_a_dead_letters_reason_is_cut_to_what_an_index_holds():
    row = tables.DEAD_LETTERS.row(DeadLetter("t", 0, 1, "x" * 5000 + "\0", 0, None), "")
    assert len(row[3]) == 400


def test_migrations_are_numbered_from_one_without_a_gap():
    assert [step.number for step in available()] == list(range(1, len(available()) + 1))
