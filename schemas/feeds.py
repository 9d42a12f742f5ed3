"""That a feed lives: ``feeds.heartbeats.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Name


class Heartbeat(Message):
    """A feed says that it lives, and moves event time where no quote comes.

    Written once to every partition (``broadcast``), so that each partition's clock moves.

    Parameters
    ----------
    status : str
        ``alive``, ``silent`` (no sign of it for longer than agreed), ``recovered`` (alive again), or
        ``snapshot_complete`` (all that it knows has been sent).
    missed : int
        How many of the feed's messages are known to be lost since its last heartbeat: a gap in its sequence.
    partition : int or None
        Where they are missing, if a reader of this partition has noticed; None: anywhere.
    interval_ms : int
        How often the feed promises a sign of life; 0: it does not say. With two and a half missed it
        is silent, but not before the platform's own patience ends.
    silent_ms : int
        How long nothing has come from it, where it is or was ``silent``; else 0.
    """

    feed: Name
    status: Literal["alive", "silent", "recovered", "snapshot_complete"] = "alive"
    missed: Annotated[int, Field(ge=0)] = 0
    partition: Annotated[int, Field(ge=0)] | None = None
    silent_ms: Annotated[int, Field(ge=0)] = 0
    interval_ms: Annotated[int, Field(ge=0)] = 0
    event_time_ms: Millis
