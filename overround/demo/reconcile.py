"""Whether the books agree: the worker's table, the topic, and what PostgreSQL's decisions come to."""

import json
from collections.abc import Iterable, Mapping

from agents.books import exposure_of
from agents.shared_use import BOOK
from schemas import Exposure
from storage.exposures import Exposures, differences

Books = Mapping[tuple[str, str], Exposure]
"""By operator and event."""


def books_of_table(lines: Iterable[bytes]) -> dict[tuple[str, str], Exposure]:
    """Return the books in a book worker's table, as ``/tables/book`` shows it: a JSON object per line."""
    books = {}
    prefix = BOOK.key("").decode()
    for line in lines:
        entry = json.loads(line)
        if entry["key"].startswith(prefix):
            event_id, operator = entry["key"][len(prefix) :].split("|")
            book = BOOK.load(json.dumps(entry["value"]).encode())
            books[operator, event_id] = exposure_of(operator, event_id, book, 0)
    return books


async def disagreements(operators: Iterable[str], table: Books, topic: Books, record: Exposures) -> list[str]:
    """Return where the three disagree, in words; empty when nowhere. All figures are in minor units."""
    found = []
    for operator in operators:
        recomputed = await record.recomputed(operator)
        for name, books in (("table", table), ("topic", topic)):
            own = [exposure for (owner, _), exposure in books.items() if owner == operator]
            found += [f"{operator}, {name}: {what}" for what in differences(own, recomputed)]
    return found
