"""What a table is to those who write to it, and the SQL that follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

M = TypeVar("M")

Row = tuple[Any, ...]
"""Values in the order of the table's columns; ``body`` last."""


@dataclass(frozen=True)
class Table(Generic[M]):
    """A table that messages are written to.

    Parameters
    ----------
    columns : str
        Names in the order of the row, separated by blanks.
    key : str
        Those of the primary key, likewise.
    row : callable
        From a message and its JSON to the row.
    newer : str or None
        A row that is there is replaced by one whose column of this name is greater; None: it stands.
    partitioned : bool
        Whether a partition per day of ``event_time`` must be there first.
    then : tuple of str
        Statements that go with it in the same transaction; ``stage`` is the temporary table of the new rows,
        ``ord`` their order.
    conflicts : str or None
        A statement that notes rows which contradict stored ones and returns their ``operator``; run when not
        every row was new.
    """

    name: str
    columns: str
    key: str
    row: Callable[[M, str], Row]
    newer: str | None = None
    partitioned: bool = False
    then: tuple[str, ...] = ()
    conflicts: str | None = None

    @property
    def stage(self) -> str:
        """Name of the temporary table."""
        return f"stage_{self.name}"

    @property
    def names(self) -> list[str]:
        """The columns."""
        return self.columns.split()

    @property
    def create_stage(self) -> str:
        """Statement that makes the temporary table, empty after each commit."""
        return f"CREATE TEMP TABLE {self.stage} (LIKE {self.name}, ord integer) ON COMMIT DELETE ROWS"

    @property
    def insert(self) -> str:
        """Statement that carries the temporary table over.

        Rows are taken in the order of the key: two writers then never wait for each other crosswise.
        """
        return upsert(self.name, self.names, self.key.split(), self.newer, self.stage)


def upsert(table: str, columns: list[str], key: list[str], newer: str | None, stage: str) -> str:
    """Return the statement that carries rows from ``stage`` over into ``table``."""
    order = [*key, *([f"{newer} DESC"] if newer else []), "ord"]
    if newer is None:
        action = "DO NOTHING"
    else:
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
        action = f"DO UPDATE SET {changes} WHERE excluded.{newer} > {table}.{newer}"
    names, keys = ", ".join(columns), ", ".join(key)
    return (
        f"INSERT INTO {table} ({names}) SELECT DISTINCT ON ({keys}) {names} FROM {stage}"  # noqa: S608
        f" ORDER BY {', '.join(order)} ON CONFLICT ({keys}) {action}"
    )
