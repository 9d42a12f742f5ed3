"""How verbs speak: tables for people, JSON for machines, one clear line when something is wrong."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

USAGE = 2
"""Exit status of a wrong argument."""


def fail(message: str, code: int = USAGE) -> NoReturn:
    """Say on stderr, in one line, what is wrong and what to do, and exit."""
    typer.echo(f"overround: {message}", err=True)
    raise typer.Exit(code)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, as_json: bool) -> None:
    """Print rows as a table, or as a JSON array of objects."""
    if as_json:
        sys.stdout.write(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]) + "\n")
        return
    shown = Table(*columns, box=None, header_style="bold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(shown)
