"""How often librdkafka asks a broker for records: as often as they are read, not more."""

_SHORT_MS, _LONG_MS = 25, 500
_BACKOFF_MS = 20
_AHEAD = 20_000


def fetching(pace_s: float) -> dict[str, int]:
    """Return librdkafka's settings for a reader that reads at this pace, or without one.

    With a pace, it fetches when what the last fetch brought has been read. A fetch then leaves out the topics
    of which something lies ready, and what comes in of those waits until it ends: so it must not wait long
    for the others.

    Parameters
    ----------
    pace_s : float
        Least seconds between two reads; 0 reads as fast as it can, and fetches ahead.
    """
    if not pace_s:
        return {
            "fetch.wait.max.ms": _LONG_MS,
            "fetch.queue.backoff.ms": _BACKOFF_MS,
            "queued.min.messages": _AHEAD,
        }
    pace_ms = pace_s * 1000
    return {
        "fetch.wait.max.ms": int(min(_LONG_MS, max(_SHORT_MS, 10 * pace_ms))),
        "fetch.queue.backoff.ms": min(_BACKOFF_MS, max(1, int(pace_ms / 2))),
        "queued.min.messages": 1,
    }
