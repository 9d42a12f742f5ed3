"""Tables as text: comma-separated lines of any age and encoding."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from feeds.account import Account

_BOM = b"\xef\xbb\xbf"


def decoded(raw: bytes) -> str:
    """Return a line as text: UTF-8, or else Windows-1252, in which older files are written."""
    raw = raw.removeprefix(_BOM)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def fields(line: str) -> list[str]:
    """Return the fields of one line. A quote that is not closed ends with its line."""
    if '"' not in line:
        return line.split(",")
    return next(csv.reader([line.replace("\0", "")]), [])


def table(lines: Iterable[bytes]) -> tuple[list[str], Iterator[list[str]]]:
    """Return the names of the columns, and the rows, each as long as the header or longer.

    An empty file has no columns.
    """
    rows = (fields(decoded(raw)) for raw in lines)
    header = [name.strip() for name in next(rows, [])]
    width = len(header)
    return header, (row if len(row) >= width else row + [""] * (width - len(row)) for row in rows)


def refuse(header: Sequence[str], rows: Iterable[Sequence[str]], account: Account) -> None:
    """Reject all of a table that has not the columns it should have, its first line included."""
    account.reject("no_header", bool(header) + sum(1 for _ in rows))
