"""Pages of a sorted list of names, by a cursor that survives changes of the list."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from api.bodies import DIGITS, Parameters


class Page(Parameters):
    """Which part of a list is wanted."""

    limit: Annotated[int, Field(ge=1, le=1000, description="entries at most"), DIGITS] = 100
    cursor: Annotated[
        str | None,
        Field(max_length=4000, pattern="^(?:[0-9a-f]{2})+$", description="`next` of the page before"),
    ] = None

    def rest(self, names: Iterable[str]) -> list[str]:
        """Return the names beyond the cursor, in order; any cursor is some place among them."""
        ordered = sorted(names)
        after = bytes.fromhex(self.cursor or "")
        return ordered[bisect_right(ordered, after, key=str.encode) :]


def text_of(cursor: str | None) -> str:
    """Return the name that a cursor stands for, as a database takes it; any cursor is some name."""
    return bytes.fromhex(cursor or "").decode(errors="replace").replace("\0", "")


def cursor_of(name: str) -> str:
    """Return the cursor of the page that comes after ``name``."""
    return name.encode().hex()
