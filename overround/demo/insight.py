"""What the demo's sharper bettors know: the market elsewhere, its moves, and from the recording the close."""

from collections import deque
from collections.abc import Iterable, Mapping
from math import log

from domain.compilation import CompiledMarket, fair_price, take
from domain.consensus import ConsensusConfig
from domain.population import Knowledge
from feeds.routing import FeedMessage
from schemas import Fixture, Quote

MarketKey = tuple[str, str]
"""Event and market."""

MOVE_OVER_MS = 600_000
"""A steam chaser looks at what has moved within this time."""


def closes(messages: Iterable[FeedMessage]) -> dict[MarketKey, Mapping[str, float]]:
    """Return the consensus at the close of each market of a recording (at its end where it has no start).

    Parameters
    ----------
    messages : iterable of FeedMessage
        In event-time order.
    """
    starts: dict[str, int] = {}
    markets: dict[MarketKey, CompiledMarket] = {}
    last_ms = 0
    for number, message in enumerate(messages):
        last_ms = max(last_ms, message.event_time_ms)
        if isinstance(message, Fixture):
            starts[message.event_id] = message.starts_at_ms
        elif isinstance(message, Quote) and message.event_time_ms < starts.get(message.event_id, last_ms + 1):
            market = markets.setdefault((message.event_id, message.market), CompiledMarket())
            take(market, message, 0, number)
    found: dict[MarketKey, Mapping[str, float]] = {}
    for (event_id, name), market in markets.items():
        at_ms = min(starts.get(event_id, last_ms), last_ms)
        fair = fair_price(event_id, name, market.quotes, at_ms, ConsensusConfig(), 1)
        if fair.probabilities:
            found[event_id, name] = fair.probabilities
    return found


class Insight:
    """Follows the quotes as they are played; answers what may be known of a market.

    Parameters
    ----------
    known_closes : mapping
        As ``closes`` finds them.
    """

    def __init__(self, known_closes: Mapping[MarketKey, Mapping[str, float]]) -> None:
        self._closes = known_closes
        self._books: dict[MarketKey, dict[str, dict[str, float]]] = {}
        self._best: dict[MarketKey, dict[str, float]] = {}
        self._before: dict[MarketKey, tuple[int, dict[str, float]]] = {}
        self.moved: deque[MarketKey] = deque()
        """Markets whose prices have moved, until who wants to know takes them out; safe between threads."""

    def take(self, quote: Quote) -> None:
        """Take a quote as it goes out."""
        key = (quote.event_id, quote.market)
        books = self._books.setdefault(key, {})
        if books.get(quote.book) == quote.prices:
            return
        books[quote.book] = quote.prices
        best: dict[str, float] = {}
        for prices in books.values():
            for outcome, price in prices.items():
                best[outcome] = max(price, best.get(outcome, 0.0))
        since = self._before.get(key)
        if since is None or quote.event_time_ms - since[0] > MOVE_OVER_MS:
            self._before[key] = (quote.event_time_ms, self._best.get(key, best))
        self._best[key] = best
        self.moved.append(key)

    def of(self, event_id: str, market: str) -> Knowledge:
        """Return what may be known of a market."""
        key = (event_id, market)
        best = self._best.get(key)
        if not best:
            return Knowledge(close=self._closes.get(key))
        total = sum(1 / price for price in best.values())
        earlier = self._before[key][1]
        return Knowledge(
            fair={outcome: 1 / price / total for outcome, price in best.items()},
            close=self._closes.get(key),
            moved={outcome: log(earlier[outcome] / best[outcome]) for outcome in best if outcome in earlier},
            rivals=best,
        )
