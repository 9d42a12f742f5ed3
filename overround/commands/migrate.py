"""``overround migrate``."""

import asyncio

import typer

from overround.console import fail


def migrate() -> None:
    """Bring PostgreSQL's tables up to date; a second call changes nothing.

    The database is that of OVERROUND_POSTGRES, else of the embedded stack.

    Example: overround migrate
    """
    import asyncpg

    from overround.settings import settings
    from storage.migrations import ChangedMigrationError, apply

    try:
        done = asyncio.run(apply(settings().postgres))
    except ChangedMigrationError as error:
        fail(f"{error}: the database and this program do not belong together", code=1)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        fail(f"no migration without PostgreSQL (OVERROUND_POSTGRES): {error or 'no answer'}", code=1)
    for name in done:
        typer.echo(name)
    if not done:
        typer.echo("all tables are up to date")
