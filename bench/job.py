"""The job that all contestants do: de-vig a quote, keep the event's books, put out the mean.

Plain Python on purpose, and the same code for all, so that what differs is what carries the messages.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any

EVENTS = 1_000
BOOKS = 20
PARTITIONS = 4


@dataclass
class Event:
    """What is remembered of an event: the probabilities by book, and their sums by outcome."""

    books: dict[str, list[float]] = field(default_factory=dict)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])


def apply(event: Event, quote: dict[str, Any]) -> bytes:
    """Put a quote into the event; return the consensus as JSON."""
    prices = quote["prices"]
    home, draw, away = 1 / prices["home"], 1 / prices["draw"], 1 / prices["away"]
    total = home + draw + away
    home, draw, away = home / total, draw / total, away / total
    sums, books = event.sums, event.books
    old = books.get(quote["book"])
    if old is not None:
        sums[0] -= old[0]
        sums[1] -= old[1]
        sums[2] -= old[2]
    books[quote["book"]] = [home, draw, away]
    sums[0] += home
    sums[1] += draw
    sums[2] += away
    count = len(books)
    return (
        b'{"event_id":"%s","sent_us":%d,"books":%d,"probabilities":{"home":%.6f,"draw":%.6f,"away":%.6f}}'
        % (
            quote["event_id"].encode(),
            quote["sent_us"],
            count,
            sums[0] / count,
            sums[1] / count,
            sums[2] / count,
        )
    )


def quote_of(number: int, chance: random.Random, sent_us: int) -> tuple[bytes, bytes]:
    """Return the key and the JSON of the quote of that number."""
    event = f"event-{number * 7919 % EVENTS}"
    home, draw, away = (round(chance.uniform(1.2, 9.0), 2) for _ in range(3))
    quote = {
        "event_id": event,
        "book": f"book-{number // EVENTS % BOOKS}",
        "prices": {"home": home, "draw": draw, "away": away},
        "event_time_ms": sent_us // 1000,
        "sent_us": sent_us,
    }
    return event.encode(), json.dumps(quote, separators=(",", ":")).encode()
