"""Pages of a sorted list of names, by a cursor that survives changes of the list."""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from api.bodies import DIGITS, Parameters
from api.problems import PARAMETER, Fault, Problem


class Page(Parameters):
    """Which part of a list is wanted."""

    limit: Annotated[int, Field(ge=1, le=1000, description="entries at most"), DIGITS] = 100
    cursor: Annotated[
        str | None,
        Field(
            min_length=1, max_length=1000, pattern="^[A-Za-z0-9_-]+$", description="`next` of the page before"
        ),
    ] = None

    def after(self) -> str:
        """Return the name that the page comes after; empty for the first page.

        Raises
        ------
        Problem
            ``invalid-parameter`` when the cursor is not one of ours.
        """
        if self.cursor is None:
            return ""
        try:
            return base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)).decode()
        except (binascii.Error, ValueError):
            raise Problem(PARAMETER, errors=[Fault(where="query/cursor", what="not a cursor")]) from None


def cursor_of(name: str) -> str:
    """Return the cursor of the page that comes after ``name``."""
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def sorted_after(names: Iterable[str], after: str) -> list[str]:
    """Return the names beyond ``after``, in order."""
    ordered = sorted(names)
    return ordered[bisect_right(ordered, after) :]
