import asyncio
import os
import sys

import asyncpg
import pytest

from storage import migrations
from storage.migrations import ChangedMigrationError, Migration, available

pytestmark = pytest.mark.integration

NAMES = [f"{step.number:04d}_{step.name}" for step in available()]


async def tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}
    finally:
        await connection.close()


async def test_a_second_call_finds_nothing_to_do(empty_database):
    assert await migrations.apply(empty_database.primary) == NAMES
    assert await migrations.apply(empty_database.primary) == []


async def test_two_starters_at_once_apply_each_step_once(empty_database):
    done = await asyncio.gather(*(migrations.apply(empty_database.primary) for _ in range(5)))
    assert sorted(name for names in done for name in names) == NAMES


async def test_a_step_that_fails_leaves_nothing_and_the_steps_before_it_stand(empty_database, monkeypatch):
    broken = Migration(9999, "broken", "CREATE TABLE half (x integer); SELECT 1 / 0")
    monkeypatch.setattr(migrations, "available", lambda: [*available(), broken])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrations.apply(empty_database.primary)
    there = await tables(empty_database.primary)
    assert "bets" in there
    assert "half" not in there
    monkeypatch.undo()
    assert await migrations.apply(empty_database.primary) == []


async def test_a_step_that_was_edited_after_it_was_applied_is_refused(database, monkeypatch):
    first, *rest = available()
    edited = [Migration(first.number, first.name, first.sql + "\n-- edited"), *rest]
    monkeypatch.setattr(migrations, "available", lambda: edited)
    with pytest.raises(ChangedMigrationError, match="0001_records was edited"):
        await migrations.apply(database.primary)


async def test_a_database_that_a_newer_program_has_migrated_is_left_alone(database, monkeypatch):
    monkeypatch.setattr(migrations, "available", lambda: available()[:1])
    assert await migrations.apply(database.primary) == []


async def test_the_command_says_what_it_did_and_a_second_time_that_nothing_was_left(empty_database):
    async def migrate() -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "overround.cli",
            "migrate",
            env={**os.environ, "OVERROUND_POSTGRES": empty_database.primary},
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    assert await migrate() == (0, "\n".join(NAMES) + "\n")
    assert await migrate() == (0, "all tables are up to date\n")


async def test_the_command_says_in_one_line_that_the_database_is_away(servers):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "overround.cli",
        "migrate",
        env={**os.environ, "OVERROUND_POSTGRES": servers.addresses.postgres},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().count("\n") == 1
    assert "OVERROUND_POSTGRES" in said.decode()
