"""What a table is to those who write to it, and the SQL that follows.

A batch of rows is one statement: its parameters are one array per column, ``fresh`` is what they unfold to,
and everything that becomes of the rows is a part of it. So a batch is one round trip and one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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
        ``name`` or ``name:type`` in the order of the row, separated by blanks; without a type it is text.
    key : str
        The columns of the primary key, likewise.
    row : callable
        From a message and its JSON to the row.
    newer : str or None
        A row that is there is replaced by one whose column of this name is greater; None: it stands.
    computed : mapping
        Further columns, by the SQL that makes them from those of ``fresh``.
    partitioned : bool
        Whether a partition per day of ``event_time`` must be there first.
    then : tuple of str
        Statements that go with it, from ``fresh``.
    conflicts : str or None
        A statement that notes rows of ``fresh`` which contradict stored ones and returns their ``operator``;
        run afterwards when not every row was new.
    """

    name: str
    columns: str
    key: str
    row: Callable[[M, str], Row]
    newer: str | None = None
    computed: Mapping[str, str] = field(default_factory=dict)
    partitioned: bool = False
    then: tuple[str, ...] = ()
    conflicts: str | None = None

    @cached_property
    def names(self) -> list[str]:
        """The columns of a row."""
        return [column.partition(":")[0] for column in self.columns.split()]

    @cached_property
    def insert(self) -> str:
        """Statement that writes a batch and returns how many rows were new or newer."""
        names = [*self.names, *self.computed]
        written = upsert(self.name, names, self.key.split(), self.newer, self.computed)
        parts = [
            self._fresh,
            f"written AS ({written} RETURNING 1)",
            *(f"then_{n} AS ({statement})" for n, statement in enumerate(self.then)),
        ]
        return f"WITH {', '.join(parts)} SELECT count(*) FROM written"  # noqa: S608 - all names are our own

    @cached_property
    def contradict(self) -> str | None:
        """Statement that notes contradictions, with the same parameters."""
        return None if self.conflicts is None else f"WITH {self._fresh} {self.conflicts}"

    @cached_property
    def _fresh(self) -> str:
        types = [column.partition(":")[2] or "text" for column in self.columns.split()]
        arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(types, 1))
        return (
            f"fresh AS MATERIALIZED (SELECT * FROM unnest({arrays})"  # noqa: S608
            f" WITH ORDINALITY AS fresh ({', '.join(self.names)}, ord))"
        )


def upsert(
    table: str, names: Sequence[str], key: Sequence[str], newer: str | None, computed: Mapping[str, str]
) -> str:
    """Return the statement that carries rows from ``fresh`` over into ``table``.

    Rows are taken in the order of the key: two writers then never wait for each other crosswise.
    """
    order = [*key, *([f"{newer} DESC"] if newer else []), "ord"]
    if newer is None:
        action = "DO NOTHING"
    else:
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        action = f"DO UPDATE SET {changes} WHERE excluded.{newer} > {table}.{newer}"
    keys, values = ", ".join(key), ", ".join(computed.get(name, name) for name in names)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT DISTINCT ON ({keys}) {values} FROM fresh"  # noqa: S608
        f" ORDER BY {', '.join(order)} ON CONFLICT ({keys}) {action}"
    )
