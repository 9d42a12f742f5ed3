"""Whether a feed lives, and what its quotes are worth while it does not.

A feed that gives no sign for longer than it promised is silent; of a silent feed nothing counts. When it is
back, or when messages of it are known to be lost, each of its quotes counts again once it has been shown
again, and all of them once the feed says that its snapshot is complete: what that did not show was withdrawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas import Heartbeat

PATIENCE = 2.5
"""A feed is silent when it has missed its promised interval this many times over."""

SILENT = "silent"
UNCONFIRMED = "unconfirmed"
DOUBTS = frozenset({SILENT, UNCONFIRMED})
"""Why a book does not count though its quote is in order: its feed is silent, or has not shown it since."""


@dataclass(frozen=True)
class LivenessConfig:
    """How long feeds may be quiet.

    Parameters
    ----------
    silent_after_s : float
        At least this long, whatever a feed promises.
    by_feed : mapping of str to float
        Exactly so long, in seconds, by feed.
    """

    silent_after_s: float = 60.0
    by_feed: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Liveness:
    """What is known of one feed.

    Parameters
    ----------
    heard_ms : int
        When it last gave a sign, event time.
    interval_ms : int
        How often it promises one; 0: it has not said.
    silent : bool
        Whether it has been called silent since.
    """

    heard_ms: int = 0
    interval_ms: int = 0
    silent: bool = False


def silent_after_ms(live: Liveness, feed: str, config: LivenessConfig) -> int:
    """Return after how long without a sign a feed is silent."""
    own = config.by_feed.get(feed)
    if own is not None:
        return round(own * 1000)
    return max(round(config.silent_after_s * 1000), round(PATIENCE * live.interval_ms))


def overdue(live: Liveness, feed: str, now_ms: int, config: LivenessConfig) -> Heartbeat | None:
    """Return the message that a feed has fallen silent by ``now_ms``, once; None while it has not."""
    quiet_ms = now_ms - live.heard_ms
    if live.silent or quiet_ms < silent_after_ms(live, feed, config):
        return None
    live.silent = True
    return Heartbeat(feed=feed, status="silent", silent_ms=quiet_ms, event_time_ms=now_ms)


def hear(live: Liveness, beat: Heartbeat) -> Heartbeat | None:
    """Take what was said by or of a feed; return the message that it has recovered, where it has.

    ``silent`` and ``recovered`` are said of a feed, by whoever watches it, and are no signs of its own.
    """
    if beat.status == "silent":
        live.silent = True
        return None
    quiet_ms = max(0, beat.event_time_ms - live.heard_ms)
    was_silent, live.silent = live.silent, False
    live.heard_ms = max(live.heard_ms, beat.event_time_ms)
    if beat.status == "recovered":
        return None
    live.interval_ms = beat.interval_ms or live.interval_ms
    if not was_silent:
        return None
    return Heartbeat(feed=beat.feed, status="recovered", silent_ms=quiet_ms, event_time_ms=beat.event_time_ms)


@dataclass(slots=True)
class Doubt:
    """What a feed's standing quotes are worth.

    Parameters
    ----------
    silent : bool
        Whether the feed is silent.
    before_ms : int
        Quotes from before this instant have not been shown again since a silence or a gap; 0: none are.
    """

    silent: bool = False
    before_ms: int = 0


def doubted(doubt: Doubt, beat: Heartbeat) -> bool:
    """Take a message about a feed; tell whether its standing quotes are worth something else now."""
    before = (doubt.silent, doubt.before_ms)
    if beat.status == "silent":
        doubt.silent = True
        doubt.before_ms = max(doubt.before_ms, beat.event_time_ms)
    else:
        doubt.silent = False
        if beat.missed:
            doubt.before_ms = max(doubt.before_ms, beat.event_time_ms)
        if beat.status == "snapshot_complete":
            doubt.before_ms = 0
    return before != (doubt.silent, doubt.before_ms)


def doubt_of(doubt: Doubt | None, event_time_ms: int) -> str:
    """Return why a quote of a feed, seen at ``event_time_ms``, does not count; empty where it does."""
    if doubt is None or event_time_ms >= doubt.before_ms:
        return ""
    return SILENT if doubt.silent else UNCONFIRMED


KEPT_SESSIONS = 4


@dataclass(slots=True)
class Received:
    """How far the numbers of feeds' quotes have come on one partition.

    Parameters
    ----------
    last : dict of str to dict of int to int
        By feed and session the highest number that has come; of each feed the latest sessions only.
    """

    last: dict[str, dict[int, int]] = field(default_factory=dict)

    def missing(self, feed: str, session: int, sequence: int) -> int:
        """Take the number of a quote; return how many before it have not come.

        A session that has not been heard of starts with the number that comes first, whatever it is: what
        went before may have been read by another. A number that was there already is no gap.
        """
        sessions = self.last.setdefault(feed, {})
        last = sessions.get(session)
        if last is None:
            sessions[session] = sequence
            for old in sorted(sessions)[:-KEPT_SESSIONS]:
                del sessions[old]
            return 0
        sessions[session] = max(last, sequence)
        return max(0, sequence - last - 1)
