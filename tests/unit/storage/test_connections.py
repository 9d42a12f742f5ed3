import asyncpg
import pytest
from asyncpg.exceptions._base import DataError

from storage.connections import is_refusal, reached
from storage.errors import Unreachable


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UntranslatableCharacterError("a NUL in JSON"),
        asyncpg.CheckViolationError("decision"),
        asyncpg.ProgramLimitExceededError("index row size"),
        DataError("invalid input for query argument"),
        OverflowError("value out of int64 range"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_row_is_to_blame_for_is_a_refusal(error):
    assert is_refusal(error)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.DiskFullError("no space"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.UndefinedTableError("not migrated"),
        asyncpg.ReadOnlySQLTransactionError("a replica"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.TooManyConnectionsError("too many"),
        asyncpg.InternalClientError("cannot switch to state 15"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_the_database_is_to_blame_for_is_worth_another_try(error):
    assert not is_refusal(error)
    with pytest.raises(Unreachable):
        async with reached("PostgreSQL"):
            raise error


async def test_a_mistake_in_the_program_is_neither():
    with pytest.raises(KeyError):
        async with reached("PostgreSQL"):
            raise KeyError("x")
