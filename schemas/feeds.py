"""That a feed lives: ``feeds.heartbeats.v1``."""

from typing import Literal

from schemas.base import Message, Millis, Name


class Heartbeat(Message):
    """A feed says that it lives, and moves event time where no quote comes.

    Written once to every partition (``broadcast``), so that each partition's clock moves.

    Parameters
    ----------
    status : str
        ``alive``, ``silent`` (no sign of it for longer than agreed), ``recovered`` (alive again), or
        ``snapshot_complete`` (all that it knows has been sent).
    """

    feed: Name
    status: Literal["alive", "silent", "recovered", "snapshot_complete"] = "alive"
    event_time_ms: Millis
