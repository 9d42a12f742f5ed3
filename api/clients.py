"""API clients: who may ask for tokens, and how their secrets are kept."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe())


class ClientRecord(Protocol):
    """An API client as it is stored."""

    @property
    def client_id(self) -> str:
        """Its name."""
        ...

    @property
    def operator(self) -> str:
        """Whose data it sees, and for whom it acts."""
        ...

    @property
    def secret_hash(self) -> str:
        """Argon2 hash of its secret."""
        ...

    @property
    def scopes(self) -> Sequence[str]:
        """What it may ask for."""
        ...


class ClientStore(Protocol):
    """Where clients are kept."""

    async def find(self, client_id: str) -> ClientRecord | None:
        """Return the client, or None where there is none or it is disabled."""
        ...


@dataclass(frozen=True, slots=True)
class Client:
    """An API client."""

    client_id: str
    operator: str
    secret_hash: str
    scopes: Sequence[str]


class MemoryClients:
    """Clients in memory, for tests and for a server without a database."""

    def __init__(self, *clients: Client) -> None:
        self._clients = {client.client_id: client for client in clients}

    async def find(self, client_id: str) -> Client | None:
        """Return the client, or None where there is none."""
        return self._clients.get(client_id)


def new_secret() -> str:
    """Return a fresh client secret of 256 bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return the argon2id hash of a secret; takes tens of milliseconds, on purpose."""
    return _HASHER.hash(secret)


async def authenticate(store: ClientStore, client_id: str, secret: str) -> ClientRecord | None:
    """Return the client if the secret is its own, else None.

    An unknown client costs the same time as a wrong secret, so that the time does not tell who exists.
    """
    client = await store.find(client_id)
    good = await asyncio.to_thread(_verify, _NOBODY if client is None else client.secret_hash, secret)
    return client if good else None


def _verify(secret_hash: str, secret: str) -> bool:
    try:
        return _HASHER.verify(secret_hash, secret)
    except (VerificationError, InvalidHashError):
        return False
