"""Batches of rows into PostgreSQL, each one statement that knows duplicates."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg

from storage.connections import Connection, is_refusal, pool, reached
from storage.metrics import CONFLICTS, REFUSED, ROWS
from storage.table import Row, Table

_SETTINGS = {"enable_hashjoin": "off", "enable_mergejoin": "off"}
"""The batch is small and the table large, but a plan may be made while the table is still empty."""

_MOST = 1000
"""Rows of one statement."""

# As text: asyncpg takes the last day of the year 9999 for infinity.
_ADD_DAY = "SELECT add_history_day($1, $2::text::date)"

Refused = tuple[int, str]
"""The index of a row that the database cannot hold, and why."""


class Writer:
    """Writes to the primary.

    What ``write`` was given is on disk when it returns; the same rows a second time change nothing. Calls may
    run at the same time, up to ``connections`` of them.

    Parameters
    ----------
    dsn : str
        The primary. With several hosts in it, say ``target_session_attrs=primary``.
    timeout_s : float
        A statement that takes longer counts as a failure, seconds.
    """

    def __init__(self, dsn: str, *, connections: int = 4, timeout_s: float = 30.0) -> None:
        self._dsn = dsn
        self._connections = connections
        self._timeout_s = timeout_s
        self._pool: asyncpg.Pool | None = None
        self._days: set[tuple[str, date]] = set()

    async def open(self) -> None:
        """Make ready; connections are made, and made again, when they are needed."""
        self._pool = await pool(
            self._dsn,
            size=self._connections,
            timeout_s=self._timeout_s,
            application="overround writer",
            settings=_SETTINGS,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def write(self, table: Table[Any], rows: Sequence[Row]) -> list[Refused]:
        """Write rows; return those that the database cannot hold (the others are written).

        Raises
        ------
        Unreachable
            If the database does not answer, or is not ready to take these rows (not migrated, disk full, only
            a replica). Nothing, or all rows before some row, is written: try again with all.
        """
        refused: list[Refused] = []
        async with reached("PostgreSQL"):
            await self._write_days(table, rows)
            for first in range(0, len(rows), _MOST):
                refused += await self._write(table, rows[first : first + _MOST], first)
        return refused

    async def _write(self, table: Table[Any], rows: Sequence[Row], first: int) -> list[Refused]:
        """Write rows, the first of which has index ``first``; if one is refused, each half by itself."""
        try:
            async with self._acquired() as connection:
                await _execute(connection, table, rows)
        except Exception as error:
            if not is_refusal(error):
                raise
            if len(rows) > 1:
                half = len(rows) // 2
                return [
                    *await self._write(table, rows[:half], first),
                    *await self._write(table, rows[half:], first + half),
                ]
            REFUSED.labels(table.name).inc()
            what = str(error).partition("\n")[0]
            return [(first, f"{type(error).__name__}: {what}"[:300])]
        return []

    def _acquired(self) -> Any:
        if self._pool is None:
            raise asyncpg.InterfaceError("the writer is not open")
        return self._pool.acquire(timeout=self._timeout_s)

    async def _write_days(self, table: Table[Any], rows: Sequence[Row]) -> None:
        """See to it that the partitions are there."""
        if not table.partitioned:
            return
        at = table.names.index("event_time")
        for day in {row[at].date() for row in rows}:
            if (table.name, day) not in self._days:
                async with self._acquired() as connection:
                    await connection.execute(_ADD_DAY, table.name, day.isoformat())
                self._days.add((table.name, day))


async def _execute(connection: Connection, table: Table[Any], rows: Sequence[Row]) -> None:
    """Write rows, and count what came of it."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    written = await connection.fetchval(table.insert, *columns)
    ROWS.labels(table.name).inc(written)
    # A crash in between does no harm: the chunk comes again, no row is new then, and this is reached again.
    if table.contradict is not None and written < len(rows):
        for row in await connection.fetch(table.contradict, *columns):
            CONFLICTS.labels(row["operator"]).inc()
