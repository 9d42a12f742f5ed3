"""What the feeds behind standing quotes are worth on a partition: kept from the broadcast heartbeats."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from domain.compilation import CompiledMarket
from domain.liveness import Doubt, Received, doubted
from schemas import Heartbeat, Quote
from streams.state import Kind, State


@dataclass(slots=True)
class Feeds:
    """Doubts by feed; a feed that was never doubted is not in it."""

    doubts: dict[str, Doubt] = field(default_factory=dict)


FEEDS = Kind("feeds", Feeds)
RECEIVED = Kind("received", Received)
_KEY = "all"
_NONE: Mapping[str, Doubt] = {}


def feeds_of(state: State) -> Mapping[str, Doubt]:
    """Return the doubts by feed."""
    feeds = state.get(FEEDS, _KEY)
    return _NONE if feeds is None else feeds.doubts


class Gaps:
    """Looks for quotes that are missing, from the numbers that feeds give them; one for each chunk.

    Parameters
    ----------
    partition : int
        Whose quotes are read.
    """

    def __init__(self, state: State, partition: int) -> None:
        self._state = state
        self._partition = partition
        self._received: Received | None = None

    def take(self, quote: Quote) -> Heartbeat | None:
        """Take a quote's number; return what is to be said where quotes before it are missing.

        From then on what its feed has shown before counts once it has been shown again.
        """
        if self._received is None:
            self._received = self._state.get(RECEIVED, _KEY) or Received()
        missed = self._received.missing(quote.feed, quote.session, quote.sequence)
        if not missed:
            return None
        at_ms = quote.event_time_ms
        feeds = self._state.get(FEEDS, _KEY) or Feeds()
        doubt = feeds.doubts.setdefault(quote.feed, Doubt())
        doubt.before_ms = max(doubt.before_ms, at_ms)
        self._state.put(FEEDS, _KEY, feeds)
        return Heartbeat(feed=quote.feed, missed=missed, partition=self._partition, event_time_ms=at_ms)

    def keep(self) -> None:
        """Let the numbers stand."""
        if self._received is not None:
            self._state.put(RECEIVED, _KEY, self._received)


def take_heartbeat(state: State, beat: Heartbeat) -> set[str]:
    """Keep what a heartbeat says of its feed; return the feed if its quotes are worth something else now.

    A gap on one partition is none elsewhere, and there it was known before it was said.
    """
    if beat.partition is not None:
        return set()
    feeds = state.get(FEEDS, _KEY) or Feeds()
    known = feeds.doubts.get(beat.feed)
    doubt = known or Doubt()
    if not doubted(doubt, beat):
        return set()
    feeds.doubts[beat.feed] = doubt
    state.put(FEEDS, _KEY, feeds)
    return {beat.feed}


def markets_through(
    state: State, kind: Kind[CompiledMarket], feeds: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield event and market wherever a quote stands that came through one of the feeds."""
    for key, market in list(state.items(kind)):
        if any(standing.feed in feeds for standing in market.quotes.values()):
            event_id, _, name = key.partition("|")
            yield event_id, name
