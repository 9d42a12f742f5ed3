"""``overround clients add|renew|disable``: who may use the API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail

if TYPE_CHECKING:
    from storage.clients import Clients

app = typer.Typer(no_args_is_help=True, help="Who may use the API.")

ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="the client's id")]
Operator = Annotated[str, typer.Option(help="whose data it sees, and for whom it acts")]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="what it may do; again for more; all where left out")
]


@app.command("add")
def add(client_id: ClientId, operator: Operator, scope: Scopes = None) -> None:
    """Let a client in, and print its secret, which is shown this once.

    Example: overround clients add north-desk --operator north --scope prices:read --scope bets:write
    """
    _store(client_id, operator, scope, renew=False)


@app.command("renew")
def renew(client_id: ClientId, operator: Operator, scope: Scopes = None) -> None:
    """Give a client new scopes and a new secret, and print it; a disabled client is enabled again.

    Example: overround clients renew north-desk --operator north --scope prices:read
    """
    _store(client_id, operator, scope, renew=True)


@app.command("disable")
def disable(client_id: ClientId, operator: Operator) -> None:
    """Give a client no more tokens; those that it has count until they expire, ten minutes at most.

    Example: overround clients disable north-desk --operator north
    """
    if not asyncio.run(_with_clients(lambda clients: clients.disable(operator, client_id))):
        fail(f"{operator} has no enabled client {client_id}", code=1)


def _store(client_id: str, operator: str, scopes: list[str] | None, *, renew: bool) -> None:
    from api.clients import hash_secret, new_secret
    from api.scopes import SCOPES
    from overround.settings import settings
    from storage.clients import Client

    unknown = [name for name in scopes or () if name not in SCOPES]
    if unknown:
        fail(f"unknown scope {unknown[0]!r}; there are {', '.join(SCOPES)}")
    if operator not in settings().operators:
        fail(f"unknown operator {operator!r}; there are {', '.join(settings().operators)}")
    if not client_id or ":" in client_id:
        fail("a client's id is not empty and has no ':' in it")  # HTTP Basic ends the id there
    secret = new_secret()
    client = Client(client_id, operator, tuple(scopes or SCOPES), hash_secret(secret))
    if renew:
        if not asyncio.run(_with_clients(lambda clients: clients.renew(client))):
            fail(f"{operator} has no client {client_id}", code=1)
    elif not asyncio.run(_with_clients(lambda clients: clients.add(client))):
        fail(f"there is a client {client_id} already; see overround clients renew --help", code=1)
    typer.echo(secret)


async def _with_clients(act: "Callable[[Clients], Awaitable[bool]]") -> bool:
    from overround.settings import settings
    from storage.clients import Clients
    from storage.database import Database
    from storage.errors import Unreachable

    database = Database(settings().postgres)
    await database.open()
    try:
        return await act(Clients(database))
    except Unreachable as error:
        fail(f"no clients without PostgreSQL (OVERROUND_POSTGRES): {error}", code=1)
    finally:
        await database.close()
