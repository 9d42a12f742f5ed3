"""Whether a feed lives: silence, recovery, gaps and completed snapshots, as heartbeats.

Pure: the caller says what has come and what time it is, in event time or by the wall clock. The heartbeats
that come back are what the feed would say of itself if it could.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from feeds.routing import FeedMessage
from schemas import Heartbeat, Quote


@dataclass(frozen=True, slots=True)
class Cadence:
    """What is expected of a feed.

    Parameters
    ----------
    silent_after_ms : int
        With no sign of it for this long it is silent.
    snapshot_every_ms : int or None
        How often it completes a snapshot; None: it promises nothing. A snapshot that comes half an interval
        late means that one was missed.
    """

    silent_after_ms: int = 60_000
    snapshot_every_ms: int | None = None


@dataclass(slots=True)
class FeedHealth:
    """What is known of one feed; plain values, so that a table can keep it.

    Parameters
    ----------
    heard_ms : int
        When it last gave a sign.
    silent : bool
        Whether it has been called silent since.
    snapshot_ms : int
        When it last completed a snapshot; 0: never.
    sequence : int
        Of its last numbered message; -1: none yet.
    standing : set of str
        Its quotes that stand, as ``event|market|book``.
    unconfirmed : set of str
        Those of them that it has not shown again since a silence or a gap.
    """

    heard_ms: int
    silent: bool = False
    snapshot_ms: int = 0
    sequence: int = -1
    standing: set[str] = field(default_factory=set)
    unconfirmed: set[str] = field(default_factory=set)


class FeedWatch:
    """Watches feeds, each from its first sign.

    After a silence or a gap nothing of a feed can be trusted until it has shown all again:
    ``snapshot_complete`` is said when each quote that stood has been confirmed or withdrawn, unless the feed
    says so itself before that.
    """

    def __init__(self, cadence: Cadence = Cadence(), by_feed: Mapping[str, Cadence] | None = None) -> None:
        self._cadence = cadence
        self._by_feed = dict(by_feed or {})
        self.feeds: dict[str, FeedHealth] = {}

    def quote(self, quote: Quote, now_ms: int, sequence: int | None = None) -> list[Heartbeat]:
        """Take a quote that has come at ``now_ms``; ``sequence`` is its number where the feed counts."""
        out = list(self._heard(quote.feed, now_ms, sequence))
        health = self.feeds[quote.feed]
        place = f"{quote.event_id}|{quote.market}|{quote.book}"
        if quote.prices:
            health.standing.add(place)
        else:
            health.standing.discard(place)
        if place in health.unconfirmed:
            health.unconfirmed.discard(place)
            if not health.unconfirmed:
                out.append(Heartbeat(feed=quote.feed, status="snapshot_complete", event_time_ms=now_ms))
        return out

    def heartbeat(self, beat: Heartbeat, now_ms: int, sequence: int | None = None) -> list[Heartbeat]:
        """Take a heartbeat that has come at ``now_ms``."""
        out = list(self._heard(beat.feed, now_ms, sequence))
        health = self.feeds[beat.feed]
        if beat.missed:
            health.unconfirmed = set(health.standing)
        if beat.status == "snapshot_complete":
            out += self._missed_snapshots(beat.feed, now_ms)
            health.snapshot_ms = now_ms
            health.unconfirmed.clear()
        return out

    def tick(self, now_ms: int) -> list[Heartbeat]:
        """Say which feeds have fallen silent by ``now_ms``, each once."""
        out = []
        for feed, health in self.feeds.items():
            quiet_ms = now_ms - health.heard_ms
            if not health.silent and quiet_ms >= self._of(feed).silent_after_ms:
                health.silent = True
                out.append(Heartbeat(feed=feed, status="silent", silent_ms=quiet_ms, event_time_ms=now_ms))
        return out

    def _of(self, feed: str) -> Cadence:
        return self._by_feed.get(feed, self._cadence)

    def _heard(self, feed: str, now_ms: int, sequence: int | None) -> Iterator[Heartbeat]:
        health = self.feeds.get(feed)
        if health is None:
            health = self.feeds[feed] = FeedHealth(now_ms)
        quiet_ms = now_ms - health.heard_ms
        if health.silent or quiet_ms >= self._of(feed).silent_after_ms:
            if not health.silent:  # nobody looked in time; it was silent all the same
                yield Heartbeat(feed=feed, status="silent", silent_ms=quiet_ms, event_time_ms=now_ms)
            yield Heartbeat(feed=feed, status="recovered", silent_ms=quiet_ms, event_time_ms=now_ms)
            health.silent = False
            health.unconfirmed = set(health.standing)
        health.heard_ms = max(now_ms, health.heard_ms)
        if sequence is not None:
            missed = sequence - health.sequence - 1
            if health.sequence >= 0 and missed > 0:
                health.unconfirmed = set(health.standing)
                yield Heartbeat(feed=feed, missed=missed, event_time_ms=now_ms)
            health.sequence = max(sequence, health.sequence)

    def _missed_snapshots(self, feed: str, now_ms: int) -> Iterator[Heartbeat]:
        every_ms, last_ms = self._of(feed).snapshot_every_ms, self.feeds[feed].snapshot_ms
        if every_ms and last_ms:
            missed = round((now_ms - last_ms) / every_ms) - 1
            if missed > 0:
                yield Heartbeat(feed=feed, missed=missed, event_time_ms=now_ms)


def watched(messages: Iterable[FeedMessage], watch: FeedWatch) -> Iterator[FeedMessage]:
    """Yield messages, and between them what the watch finds: messages lost, a snapshot complete again.

    Time is that of the messages. Silence and recovery are left to who still lives when this reader does not,
    the stage that watches all feeds.
    """
    for message in messages:
        found: list[Heartbeat] = []
        if isinstance(message, Quote):
            found = watch.quote(message, message.event_time_ms)
        elif isinstance(message, Heartbeat):
            found = watch.heartbeat(message, message.event_time_ms)
        told = [beat for beat in found if beat.status not in {"silent", "recovered"}]
        yield from (beat for beat in told if beat.missed)
        yield message
        yield from (beat for beat in told if not beat.missed)
