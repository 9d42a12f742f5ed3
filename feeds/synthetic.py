"""A load of quotes made up for benchmarks: as many as wanted, with the structure of real ones.

Each match has two scoring rates that walk at random; from their Poisson scores come the probabilities of
``1x2``, ``ou:2.5`` and ``ah:-0.5``. Each book sees them through an error of its own and adds its own margin,
so that books disagree as real ones do. The same arguments give the same messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from feeds.routing import FeedMessage
from schemas import Fixture, Quote

FEED = "synthetic"
_GOALS = 11
_BLOCK = 1024
_WALK = 0.004
"""Standard deviation of a rate's log between two quotes of its event."""
_DISAGREEMENT = 0.015
"""Standard deviation of a book's log price around what it sees."""
_OUTCOMES = {
    "1x2": ("home", "draw", "away"),
    "ou:2.5": ("over", "under"),
    "ah:-0.5": ("home", "away"),
}


@dataclass(frozen=True, slots=True)
class Load:
    """What to generate.

    Parameters
    ----------
    events, books : int
        How many matches, and how many books quote each.
    rate : float
        Quotes per second of event time.
    starts_at_ms : int
        Event time of the first message; the matches kick off a day later.
    """

    events: int = 1000
    books: int = 20
    rate: float = 1000.0
    seed: int = 1
    starts_at_ms: int = 1_782_000_000_000


def fixtures(load: Load) -> list[Fixture]:
    """Return the matches of a load."""
    return [
        Fixture(
            event_id=f"synthetic-{number:06d}",
            sport="soccer",
            competition="Synthetic League",
            home=f"Home {number:06d}",
            away=f"Away {number:06d}",
            starts_at_ms=load.starts_at_ms + 86_400_000,
            event_time_ms=load.starts_at_ms,
        )
        for number in range(load.events)
    ]


def quotes(load: Load) -> Iterator[Quote]:
    """Yield quotes without end: a random event, book and market each, evenly spaced in event time."""
    random = np.random.default_rng(load.seed)
    log_rates = np.log(random.gamma((9.0, 7.0), (0.165, 0.17), size=(load.events, 2)))
    margins = random.uniform(0.02, 0.09, size=load.books)
    markets = tuple(_OUTCOMES)
    events = [fixture.event_id for fixture in fixtures(load)]
    books = [f"book-{number:02d}" for number in range(load.books)]
    for block in count():
        picks = random.integers((load.events, load.books, len(markets)), size=(_BLOCK, 3))
        steps = random.normal(0.0, _WALK, size=(_BLOCK, 2))
        errors = random.normal(0.0, _DISAGREEMENT, size=(_BLOCK, 3))
        event, book, _ = picks.T
        fair = probabilities(np.exp(log_rates[event] + steps))
        np.add.at(log_rates, event, steps)
        np.clip(log_rates, -1.5, 1.5, out=log_rates)
        priced = {market: _priced(fair[market], margins[book], errors) for market in markets}
        for place, (event_at, book_at, kind_at) in enumerate(picks.tolist()):
            market = markets[kind_at]
            at_ms = load.starts_at_ms + round((block * _BLOCK + place) * 1000 / load.rate)
            yield Quote(
                event_id=events[event_at],
                market=market,
                book=books[book_at],
                feed=FEED,
                prices=dict(zip(_OUTCOMES[market], priced[market][place], strict=True)),
                event_time_ms=at_ms,
                quoted_at_ms=at_ms,
            )


def messages(load: Load, quotes_wanted: int) -> Iterator[FeedMessage]:
    """Yield the fixtures and then ``quotes_wanted`` quotes."""
    yield from fixtures(load)
    yield from islice(quotes(load), quotes_wanted)


def probabilities(rates: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the probabilities of each market's outcomes.

    Parameters
    ----------
    rates : array, shape (n, 2)
        Goals a match of home and away.

    Returns
    -------
    dict of str to array, shape (n, outcomes)
        By market, outcomes in the order in which it names them.
    """
    goals = np.arange(_GOALS)
    weights = np.exp(-rates[..., None]) * rates[..., None] ** goals / np.cumprod(np.maximum(goals, 1))
    sides = weights / weights.sum(axis=-1, keepdims=True)
    scores = sides[:, 0, :, None] * sides[:, 1, None, :]
    home = np.tril(scores, -1).sum(axis=(1, 2))
    draw = np.trace(scores, axis1=1, axis2=2)
    under = scores[:, np.add.outer(goals, goals) <= 2].sum(axis=1)
    return {
        "1x2": np.stack([home, draw, 1.0 - home - draw], axis=1),
        "ou:2.5": np.stack([1.0 - under, under], axis=1),
        "ah:-0.5": np.stack([home, 1.0 - home], axis=1),
    }


def _priced(
    fair: NDArray[np.float64], margins: NDArray[np.float64], errors: NDArray[np.float64]
) -> list[list[float]]:
    seen = fair * np.exp(errors[:, : fair.shape[1]])
    prices = seen.sum(axis=1, keepdims=True) / seen / (1.0 + margins[:, None])
    priced: list[list[float]] = np.maximum(np.round(prices, 2), 1.01).tolist()
    return priced
