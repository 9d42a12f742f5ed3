"""Reading: from the replica, and from the primary when the replica does not answer."""

import asyncio
import time
from typing import Any

import asyncpg

from storage.connections import pool, reached
from storage.errors import Unreachable

_POLL_S = 0.02
_AWAY_S = 2.0
"""For how long a replica that did not answer is asked last, so that not every read waits for it in vain."""


class Database:
    """The primary and its replica.

    Neither need be up when this is opened, and each may go and come back.

    Parameters
    ----------
    primary, replica : str
        DSNs; without a replica everything is asked of the primary.
    connections : int
        The most at a time, to each.
    timeout_s : float
        A statement that takes longer counts as a failure, seconds.
    """

    def __init__(
        self, primary: str, replica: str = "", *, connections: int = 8, timeout_s: float = 5.0
    ) -> None:
        self._dsns = {"primary": primary, "replica": replica or primary}
        self._connections = connections
        self._timeout_s = timeout_s
        self._pools: dict[str, asyncpg.Pool] = {}
        self._away_until = 0.0

    async def open(self) -> None:
        """Make ready; connections are made when they are needed."""
        for name, dsn in self._dsns.items():
            self._pools[name] = await pool(
                dsn, size=self._connections, timeout_s=self._timeout_s, application=f"overround {name}"
            )

    async def close(self) -> None:
        """Close the connections."""
        for name in list(self._pools):
            self._pools.pop(name).terminate()

    async def read(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Return the rows of a query; what was just written may be missing for the replica's delay.

        Raises
        ------
        Unreachable
            If neither answers.
        """
        away = time.monotonic() < self._away_until
        first, second = ("primary", "replica") if away else ("replica", "primary")
        try:
            return await self._fetch(first, sql, arguments)
        except Unreachable:
            if first == "replica":
                self._away_until = time.monotonic() + _AWAY_S
            return await self._fetch(second, sql, arguments)

    async def at_primary(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Return the rows of a statement that writes, or that must see all that was written.

        Raises
        ------
        Unreachable
            If the primary does not answer.
        """
        return await self._fetch("primary", sql, arguments)

    async def caught_up(self, timeout_s: float = 30.0) -> None:
        """Return when the replica shows all that the primary holds now.

        Raises
        ------
        Unreachable
            If it does not within ``timeout_s``, or one of the two does not answer.
        """
        [row] = await self.at_primary("SELECT pg_current_wal_flush_lsn()::text")
        sql = "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= $1::text::pg_lsn"
        try:
            async with asyncio.timeout(timeout_s):
                while not (await self._fetch("replica", sql, (row[0],)))[0][0]:
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unreachable(f"the replica has not caught up within {timeout_s:g} s") from None

    async def _fetch(self, name: str, sql: str, arguments: tuple[Any, ...]) -> list[asyncpg.Record]:
        async with reached(f"PostgreSQL ({name})"):
            if name not in self._pools:
                raise asyncpg.InterfaceError("it is not opened")
            async with self._pools[name].acquire(timeout=self._timeout_s) as connection:
                rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
                return rows
