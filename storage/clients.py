"""Who may use the API."""

from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from storage.connections import is_refusal
from storage.database import Database
from storage.errors import Unreachable

_FIND = """
    SELECT client_id, operator, scopes, secret_hash FROM api_clients
    WHERE client_id = $1 AND disabled_at IS NULL
"""

_ADD = """
    INSERT INTO api_clients (client_id, operator, scopes, secret_hash) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING client_id
"""

_RENEW = """
    UPDATE api_clients SET scopes = $3, secret_hash = $4, disabled_at = NULL
    WHERE client_id = $1 AND operator = $2 RETURNING client_id
"""

_DISABLE = """
    UPDATE api_clients SET disabled_at = now()
    WHERE operator = $1 AND client_id = $2 AND disabled_at IS NULL RETURNING client_id
"""


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the API.

    Parameters
    ----------
    operator : str
        Whose data it sees.
    scopes : tuple of str
        What it may do.
    secret_hash : str
        Argon2 hash of its secret.
    """

    client_id: str
    operator: str
    scopes: tuple[str, ...]
    secret_hash: str = field(repr=False)


class Clients:
    """The API's clients."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, client_id: str) -> Client | None:
        """Return a client, or None where there is none or it is disabled.

        One that the replica does not show is looked for on the primary, where that answers: it may be new.
        """
        try:
            rows = await self._database.read(_FIND, client_id)
            if not rows:
                with suppress(Unreachable):
                    rows = await self._database.at_primary(_FIND, client_id)
        except Exception as error:
            if is_refusal(error):  # no text that a database can hold, so nobody's name
                return None
            raise
        return _client(rows[0]) if rows else None

    async def add(self, client: Client) -> bool:
        """Add a client, enabled; False, and no change, if its id is taken."""
        return await self._write(_ADD, client)

    async def renew(self, client: Client) -> bool:
        """Give a client new scopes and a new secret, and enable it; False if the operator has no such one."""
        return await self._write(_RENEW, client)

    async def disable(self, operator: str, client_id: str) -> bool:
        """Take a client's access away; False if the operator has no such client that is enabled."""
        return bool(await self._database.at_primary(_DISABLE, operator, client_id))

    async def _write(self, sql: str, client: Client) -> bool:
        rows = await self._database.at_primary(
            sql, client.client_id, client.operator, client.scopes, client.secret_hash
        )
        return bool(rows)


def _client(row: asyncpg.Record) -> Client:
    return Client(row["client_id"], row["operator"], tuple(row["scopes"]), row["secret_hash"])
