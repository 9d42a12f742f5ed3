"""The demo's API clients: one for each operator, with a secret that everybody may know."""

from argon2 import PasswordHasher

from api.scopes import SCOPES
from overround.demo.operators import NAMES
from storage.clients import Client, Clients
from storage.database import Database

SECRET = "demo-secret"  # noqa: S105 - the demo listens on the loopback only


async def add_clients(database: Database) -> None:
    """Let each demo operator use the API, as client ``<operator>-demo`` with ``SECRET``."""
    clients = Clients(database)
    secret_hash = PasswordHasher().hash(SECRET)
    for operator in NAMES:
        await clients.add(Client(f"{operator}-demo", operator, tuple(SCOPES), secret_hash))
