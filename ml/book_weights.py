"""What each book's price is worth in a consensus, learned from recorded quotes by sport and market type.

Three hours before the start every book's view of a market is held against the close, the mean of the books'
last views before the start; ``domain.weights`` turns the errors into weights. They are learned on the earlier
part of a recording and judged on the later one, beside the weights that hold without them.
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
from domain.sharpness import DEFAULT_SHARPNESS
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
    divergence, default : float
        Mean Kullback-Leibler divergence from the close of the consensus with these weights, and without.
    better_by, se : float
        How much less the first is, and the standard error of that.
    """

    n: int
    judged: int
    books: dict[str, float]
    divergence: float
    default: float
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
    for group, closed in sorted(_closed(messages).items()):
        closed.sort(key=lambda market: market.at_ms)
        cut = int(LEARNED_SHARE * len(closed))
        weights = _weights(group, closed[:cut])
        if weights and closed[cut:]:
            found[group] = _judged(group, weights, closed[:cut], closed[cut:])
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


def _weights(group: Group, closed: list[_Closed]) -> dict[str, float]:
    books = tuple(sorted({book for market in closed for book in market.prices}))
    moments = ErrorMoments(books)
    blocks: dict[int, list[_Closed]] = defaultdict(list)
    for market in closed:
        blocks[market.at_ms // BLOCK_MS].append(market)
    for number, block in sorted(blocks.items()):
        width = len(block[0].close)
        views = np.full((len(books), len(block), width), np.nan)
        for place, market in enumerate(block):
            for row, book in enumerate(books):
                if book in market.prices:
                    views[row, place] = _view(group[1], market.prices[book])
        if number > min(blocks):
            moments.forget(KEPT)
        moments.add(views, np.array([list(market.close.values()) for market in block]))
    found = moments.weights(books)
    scale = DEFAULT_SHARPNESS * len(found)
    return {book: round(min(max(weight * scale, LEAST), MOST), 2) for book, weight in found.items()}


def _judged(group: Group, weights: dict[str, float], learned: list[_Closed], rest: list[_Closed]) -> Learned:
    own, default = ConsensusConfig(sharpness=weights), ConsensusConfig()
    figures = []
    for market in rest:
        outcomes = tuple(market.close)
        quotes = [BookQuote(book, prices, 0.0) for book, prices in market.prices.items()]
        close = np.array([list(market.close.values())])
        pair = [consensus(outcomes, quotes, config, winners_of(group[1])) for config in (own, default)]
        if all(one.probabilities for one in pair):
            figures.append([float(divergence(close, np.array([one.probabilities]))[0]) for one in pair])
    both = np.array(figures).reshape(-1, 2)
    gained = both[:, 1] - both[:, 0]
    count = max(len(both), 1)
    return Learned(
        len(learned),
        len(both),
        weights,
        float(both[:, 0].sum() / count),
        float(both[:, 1].sum() / count),
        float(gained.sum() / count),
        float(gained.std() / np.sqrt(count)),
    )
