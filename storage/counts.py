"""How many rows there are: figures of the platform as a whole, of no operator in particular."""

from storage.database import Database
from storage.tables import TABLES

_NAMES = (*(table.name for table in TABLES), "decision_conflicts", "operator_profiles", "offered_latest")

_COUNTS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {name}) AS {name}" for name in sorted(_NAMES))  # noqa: S608


async def counts(database: Database) -> dict[str, int]:
    """Return the number of rows by table, counted one by one."""
    [row] = await database.read(_COUNTS)
    return dict(row)
