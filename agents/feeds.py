"""What the feeds behind standing quotes are worth on a partition: kept from the broadcast heartbeats."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from domain.compilation import CompiledMarket
from domain.liveness import Doubt, doubted
from schemas import Heartbeat
from streams.state import Kind, State


@dataclass(slots=True)
class Feeds:
    """Doubts by feed; a feed that was never doubted is not in it."""

    doubts: dict[str, Doubt] = field(default_factory=dict)


FEEDS = Kind("feeds", Feeds)
_KEY = "all"
_NONE: Mapping[str, Doubt] = {}


def feeds_of(state: State) -> Mapping[str, Doubt]:
    """Return the doubts by feed."""
    feeds = state.get(FEEDS, _KEY)
    return _NONE if feeds is None else feeds.doubts


def take_heartbeat(state: State, beat: Heartbeat) -> set[str]:
    """Keep what a heartbeat says of its feed; return the feed if its quotes are worth something else now."""
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
