"""What each book's price is worth in a consensus, learned from recorded quotes by sport and market type.

Three hours before the start every book's view of a market is held against the close, the mean of the books'
last views before the start; ``domain.weights`` turns the errors into weights. Those of a market type are
drawn to the sport's, and these to the defaults, the more the fewer markets a book was seen in. They are
learned on the earlier part of a recording and judged on the later one, beside the defaults and the plain
average.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from domain.arrays import Array
from domain.consensus import BookQuote, ConsensusConfig, consensus
from domain.devig import devig_one
from domain.evaluation import divergence
from domain.markets import TYPES, type_of, winners_of
from domain.sharpness import BOOKS, DEFAULT_SHARPNESS
from domain.weights import ErrorMoments
from schemas import Fixture, Quote

LOOK_MS = 3 * 3_600_000
"""How long before the start books are compared with the close. At one hour nothing tells them apart; three
was chosen after both had been judged on the same recordings: what passes there is no independent evidence."""
MIN_BOOKS = 4
LEARNED_SHARE = 0.7
"""Of the markets, by time; the rest judges."""
BLOCK_MS = 28 * 86_400_000
KEPT = 0.5 ** (28 / 730)
"""What two years ago showed of a book counts half."""
PRIOR = 300.0
"""Markets that the sport's weights count for beside a market type's own, and the defaults beside those."""
LEAST, MOST = 0.1, 2.5
"""Of a weight: a book can still speak when the others are silent, and none is sharp by its weight alone."""

Group = tuple[str, str]
"""Sport and market type."""


@dataclass(frozen=True)
class Learned:
    """Weights of one sport and market type, and how they did.

    Parameters
    ----------
    n, judged : int
        Markets that they were learned on, and that judged them.
    books : dict of str to float
        Weights, on the scale of ``domain.sharpness``.
    divergence, default, average, best_book : float
        Mean Kullback-Leibler divergence from the close: of the consensus with these weights, with the default
        ones, of the books' plain average, and of the nearest of the books that quote more than half of the
        markets: the first, and by how much that book differs from it on its own markets.
    better_by, se : float
        How much less the first is than the second, and the standard error of that.
    """

    n: int
    judged: int
    books: dict[str, float]
    divergence: float
    default: float
    average: float
    best_book: float
    better_by: float
    se: float


@dataclass
class _Market:
    prices: dict[str, dict[str, float]] = field(default_factory=dict)
    look: dict[str, dict[str, float]] | None = None


@dataclass(frozen=True)
class _Closed:
    """A market that has started: what each book showed at the look, and the close."""

    at_ms: int
    prices: dict[str, dict[str, float]]
    close: dict[str, float]


def learn(messages: Iterable[object]) -> dict[Group, Learned]:
    """Return the weights by sport and market type, of those that enough markets tell of.

    Parameters
    ----------
    messages : iterable
        Fixtures and quotes in event-time order; anything else is passed over.
    """
    found = {}
    groups = {
        group: sorted(closed, key=lambda market: market.at_ms)
        for group, closed in sorted(_closed(messages).items())
    }
    for group, closed in groups.items():
        cut = int(LEARNED_SHARE * len(closed))
        learned, rest = closed[:cut], closed[cut:]
        if not rest:
            continue
        before_ms = rest[0].at_ms
        sport = {
            other: [market for market in markets if market.at_ms < before_ms]
            for other, markets in groups.items()
            if other[0] == group[0]
        }
        weights = _weights(group, learned, sport)
        if weights:
            found[group] = _judged(group, weights, len(learned), rest)
    return found


def _closed(messages: Iterable[object]) -> dict[Group, list[_Closed]]:
    starts: dict[str, Fixture] = {}
    markets: dict[tuple[str, str], _Market] = defaultdict(_Market)
    for message in messages:
        if isinstance(message, Fixture):
            starts[message.event_id] = message
        elif isinstance(message, Quote):
            fixture = starts.get(message.event_id)
            kind = TYPES.get(type_of(message.market))
            if fixture is None or kind is None or not kind.outcomes:
                continue
            left_ms = fixture.starts_at_ms - message.event_time_ms
            if left_ms <= 0:
                continue
            market = markets[message.event_id, message.market]
            if market.look is None and left_ms < LOOK_MS:
                market.look = dict(market.prices)
            if set(message.prices) == set(kind.outcomes):
                market.prices[message.book] = message.prices
            else:
                market.prices.pop(message.book, None)
    groups: dict[Group, list[_Closed]] = defaultdict(list)
    for (event_id, name), market in markets.items():
        look = market.look or {}
        common = sorted(look.keys() & market.prices.keys())
        if len(common) >= MIN_BOOKS:
            views = [_view(name, market.prices[book]) for book in common]
            close = dict(zip(TYPES[type_of(name)].outcomes, np.mean(views, axis=0).tolist(), strict=True))
            shown = {book: look[book] for book in common}
            groups[starts[event_id].sport, type_of(name)].append(
                _Closed(starts[event_id].starts_at_ms, shown, close)
            )
    return groups


def _view(market: str, prices: Mapping[str, float]) -> Array:
    outcomes = TYPES[type_of(market)].outcomes
    return np.array(devig_one([prices[way] for way in outcomes], "power", winners_of(market)))


def _weights(group: Group, learned: list[_Closed], sport: Mapping[Group, list[_Closed]]) -> dict[str, float]:
    """Return weights on the scale of ``domain.sharpness``; none where the market type has too few markets."""
    own, counts = _relative({group: learned})
    if not own:
        return {}
    wide, wide_counts = _relative(sport)
    found = {}
    for book in sorted(own.keys() | wide.keys()):
        default = BOOKS.get(book.lower(), DEFAULT_SHARPNESS) / DEFAULT_SHARPNESS
        seen = wide_counts.get(book, 0.0) / len(sport)  # markets of one event say much the same
        prior = (seen * wide.get(book, 0.0) + PRIOR * default) / (seen + PRIOR)
        seen = counts.get(book, 0.0)
        weight = (seen * own.get(book, 0.0) + PRIOR * prior) / (seen + PRIOR)
        found[book] = round(min(max(weight * DEFAULT_SHARPNESS, LEAST), MOST), 2)
    return found


def _relative(groups: Mapping[Group, list[_Closed]]) -> tuple[dict[str, float], dict[str, float]]:
    """Return weights whose mean is one, and in how many markets each book was seen."""
    books = tuple(sorted({book for closed in groups.values() for market in closed for book in market.prices}))
    moments = ErrorMoments(books)
    blocks: dict[tuple[int, Group], list[_Closed]] = defaultdict(list)
    for group, closed in groups.items():
        for market in closed:
            blocks[market.at_ms // BLOCK_MS, group].append(market)
    last = None
    for (number, group), block in sorted(blocks.items()):
        views = np.full((len(books), len(block), len(block[0].close)), np.nan)
        for place, market in enumerate(block):
            for row, book in enumerate(books):
                if book in market.prices:
                    views[row, place] = _view(group[1], market.prices[book])
        if last is not None and number > last:
            moments.forget(KEPT)
        last = number
        moments.add(views, np.array([list(market.close.values()) for market in block]))
    found = moments.weights(books)
    counts = dict(zip(books, np.diag(moments.counts).tolist(), strict=True))
    return {book: weight * len(found) for book, weight in found.items()}, counts


def _judged(group: Group, weights: dict[str, float], learned: int, rest: list[_Closed]) -> Learned:
    own, default = ConsensusConfig(sharpness=weights), ConsensusConfig()
    figures: list[list[float]] = []
    books: dict[str, list[float]] = defaultdict(list)
    for market in rest:
        outcomes = tuple(market.close)
        quotes = [BookQuote(book, prices, 0.0) for book, prices in market.prices.items()]
        close = np.array([list(market.close.values())])
        pair = [consensus(outcomes, quotes, config, winners_of(group[1])) for config in (own, default)]
        if not all(one.probabilities for one in pair):
            continue
        views = {book: _view(group[1], prices) for book, prices in market.prices.items()}
        said = [np.array(one.probabilities) for one in pair] + [np.mean(list(views.values()), axis=0)]
        figures.append([float(divergence(close, p[None])[0]) for p in said])
        for book, view in views.items():
            books[book].append(float(divergence(close, view[None])[0]) - figures[-1][0])
    found = np.array(figures).reshape(-1, 3)
    gained = found[:, 1] - found[:, 0]
    count = max(len(found), 1)
    mean = (found.sum(axis=0) / count).tolist()
    often = [float(np.mean(more)) for more in books.values() if len(more) > len(found) / 2]
    return Learned(
        learned,
        len(found),
        weights,
        mean[0],
        mean[1],
        mean[2],
        mean[0] + min(often, default=float("nan")),
        float(gained.sum() / count),
        float(gained.std() / np.sqrt(count)),
    )


def gain(found: Iterable[Learned]) -> tuple[float, float]:
    """Return by how much market types together gain on the defaults, and the standard error of that."""
    weighed = [(one.judged, one.better_by, one.se) for one in found]
    n = max(sum(judged for judged, _, _ in weighed), 1)
    by = sum(judged * better for judged, better, _ in weighed) / n
    return by, float(np.sqrt(sum((judged * se) ** 2 for judged, _, se in weighed))) / n
