"""Pools of connections, and which errors mean what."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from storage.errors import Unreachable

Connection = asyncpg.Connection | PoolConnectionProxy


_REFUSALS = ("22", "23", "54")
"""SQLSTATE classes that blame the data: it is malformed, breaks a constraint, or exceeds a limit."""

# InternalClientError: asyncpg's state machine, when the connection is lost in the middle of a COPY.
_FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

_CONNECT_S = 5.0


def is_refusal(error: Exception) -> bool:
    """Tell whether the error blames the rows, so that trying them again is of no use."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in _REFUSALS
    return isinstance(error, ValueError | OverflowError)  # asyncpg could not encode a value


@asynccontextmanager
async def reached(what: str) -> AsyncIterator[None]:
    """Turn every failure that is not the data's fault into ``Unreachable``."""
    try:
        yield
    except _FAILURES as error:
        if is_refusal(error):
            raise
        raise Unreachable(f"{what}: {type(error).__name__}: {error}") from error


def pool(
    dsn: str,
    *,
    size: int,
    timeout_s: float,
    application: str,
    settings: Mapping[str, str] | None = None,
) -> asyncpg.Pool:
    """Return a pool that connects when it is first used, so that it can be made while the server is down.

    Parameters
    ----------
    size : int
        The most connections at a time.
    timeout_s : float
        A statement that takes longer has failed: a server that hangs is like one that is gone.
    settings : mapping, optional
        Run-time parameters of PostgreSQL, for each connection.
    """
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=_CONNECT_S,
        command_timeout=timeout_s,
        reset=_nothing,  # every statement stands alone: there is no session to clean up
        server_settings={"application_name": application, "jit": "off", **(settings or {})},
    )


async def _nothing(_: asyncpg.Connection) -> None:
    """Leave the connection as it is."""
