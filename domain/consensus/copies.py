"""Books that repeat another's prices with a delay: they tell nothing of their own.

A book that changes to exactly the prices that another came to before it, several times running, copies that
other. One such change is chance (evens on both sides of a total are common), four running are not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_DELAY_MS = 2 * 3_600_000
KEPT = 12
"""Changes remembered of each book."""
RUNNING = 4


@dataclass(slots=True)
class BookChanges:
    """How one book has moved in a market.

    Parameters
    ----------
    at_ms, prices : list
        When it came to which prices (in the order of the outcomes' names), the newest last.
    followed : dict of str to int
        By other book: how many of its last changes running were to prices that the other came to before.
    """

    at_ms: list[int] = field(default_factory=list)
    prices: list[list[float]] = field(default_factory=list)
    followed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class CopyWatch:
    """The changes of all books in one market."""

    books: dict[str, BookChanges] = field(default_factory=dict)


def note(watch: CopyWatch, book: str, prices: Mapping[str, float], at_ms: int) -> None:
    """Take note of a quote; only a change of prices counts, and quotes come in the order of their times."""
    shown = [price for _, price in sorted(prices.items())]
    own = watch.books.setdefault(book, BookChanges())
    if not shown or (own.prices and own.prices[-1] == shown):
        return
    first = not own.prices
    own.at_ms.append(at_ms)
    own.prices.append(shown)
    del own.at_ms[:-KEPT], own.prices[:-KEPT]
    if first:
        return
    for other, changes in watch.books.items():
        if other == book:
            continue
        if _came_before(changes, shown, book, other, at_ms):
            own.followed[other] = own.followed.get(other, 0) + 1
        else:
            own.followed.pop(other, None)


def source_of(watch: CopyWatch, book: str) -> str:
    """Return the book that ``book`` copies, or an empty string.

    Of two that follow each other (two brands of one house) only the one with the longer run is a copy.
    """
    changes = watch.books.get(book)
    if changes is None:
        return ""
    run, other = max(((run, other) for other, run in changes.followed.items()), default=(0, ""))
    if run < RUNNING or (watch.books[other].followed.get(book, 0), other) > (run, book):
        return ""
    return other


def suspected(watch: CopyWatch, book: str) -> bool:
    """Tell whether a book has followed another often enough to be its copy."""
    changes = watch.books.get(book)
    return changes is not None and any(run >= RUNNING for run in changes.followed.values())


def _came_before(changes: BookChanges, shown: list[float], book: str, other: str, at_ms: int) -> bool:
    """Tell whether ``other`` came to these prices first; at the same instant the first by name did."""
    if shown not in changes.prices:  # nearly always
        return False
    for then_ms, prices in zip(reversed(changes.at_ms), reversed(changes.prices), strict=True):
        if at_ms - then_ms > MAX_DELAY_MS:
            return False
        if prices == shown and (then_ms, other) < (at_ms, book):
            return True
    return False
