"""The schema of the database, in numbered steps, and what applies them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

_LOCK = 0x6F766572726F756E
"""Key of the advisory lock: whoever holds it applies migrations, a second starter waits."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: a file ``<number>_<name>.sql``."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, to notice a step that was edited after it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


class ChangedMigrationError(Exception):
    """A step that the database has applied reads differently now."""


def available() -> list[Migration]:
    """Return the steps in order."""
    return sorted(_found(), key=lambda step: step.number)


def _found() -> Iterator[Migration]:
    for file in files(__name__).iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name):
            yield Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))


async def apply(dsn: str) -> list[str]:
    """Bring the database at ``dsn`` up to date; return the names of the steps that were applied.

    Each step is one transaction. A second call finds nothing to do; a second starter waits for the first.
    Steps that only the database knows (a newer program was here) are left alone.

    Raises
    ------
    ChangedMigrationError
        If an applied step reads differently now.
    OSError, asyncpg.PostgresError
        If the database does not answer or refuses.
    """
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        return await _apply(connection)
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection) -> list[str]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        " number integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch("SELECT number, digest FROM schema_migrations")
    applied = {row["number"]: row["digest"] for row in rows}
    done = []
    for step in available():
        digest = applied.get(step.number)
        if digest is None:
            await _run(connection, step)
            done.append(f"{step.number:04d}_{step.name}")
        elif digest != step.digest:
            raise ChangedMigrationError(f"{step.number:04d}_{step.name} was edited after it was applied")
    return done


async def _run(connection: asyncpg.Connection, step: Migration) -> None:
    async with connection.transaction():
        await connection.execute(step.sql)
        await connection.execute(
            "INSERT INTO schema_migrations (number, name, digest) VALUES ($1, $2, $3)",
            step.number,
            step.name,
            step.digest,
        )
