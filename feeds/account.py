"""What became of each row of a recording."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


class RowError(ValueError):
    """A row, or a part of one, that cannot become a message; its reason is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Account:
    """Counts of rows in, messages out, and rejections by reason.

    What a row is depends on the format: a line of a table, or one book's market in a JSON snapshot. Each ends
    either as (a part of) a message or as a rejection. A row that carries many markets may be published with
    some of them left out; those are ``parts_rejected``.
    """

    rows: int = 0
    published: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    parts_rejected: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    matches: Counter[str] = field(default_factory=Counter)
    """What the feed's events were decided to be: ``same``, ``new`` or ``review``."""

    def publish(self, rows: int = 1) -> None:
        """Count rows that became a message."""
        self.rows += rows
        self.published += rows

    def reject(self, reason: str, rows: int = 1) -> None:
        """Count rows that became none."""
        self.rows += rows
        self.rejected[reason] += rows

    @property
    def balanced(self) -> bool:
        """Whether each row ended in exactly one way."""
        return self.rows == self.published + self.rejected.total()

    def as_dict(self) -> dict[str, Any]:
        """Return the counts for JSON; reasons are sorted by name."""
        return {
            "rows": self.rows,
            "published": self.published,
            "rejected": dict(sorted(self.rejected.items())),
            "parts_rejected": dict(sorted(self.parts_rejected.items())),
            "messages": dict(sorted(self.messages.items())),
        }
