"""When a message is due, and the clock that says when that is."""

import threading
import time
from dataclasses import dataclass
from typing import Protocol


class Pace(Protocol):
    """When a message is due."""

    def due_s(self, number: int, elapsed_ms: int) -> float:
        """Return seconds after the start.

        Parameters
        ----------
        number : int
            How many messages were sent before, heartbeats not counted.
        elapsed_ms : int
            Event time since the first message.
        """
        ...


@dataclass(frozen=True, slots=True)
class AtSpeed:
    """Event time passes ``speed`` times as fast as it did."""

    speed: float

    def due_s(self, number: int, elapsed_ms: int) -> float:
        """Return the event time since the first message over the speed, in seconds."""
        return elapsed_ms / 1000 / self.speed


@dataclass(frozen=True, slots=True)
class AtRate:
    """The same number of messages each second, whatever their event times."""

    rate: float

    def due_s(self, number: int, elapsed_ms: int) -> float:
        """Return the message's number over the rate, in seconds."""
        return number / self.rate


@dataclass(frozen=True, slots=True)
class AtOnce:
    """As fast as the broker takes them."""

    def due_s(self, number: int, elapsed_ms: int) -> float:
        """Return 0."""
        return 0.0


class Clock(Protocol):
    """Seconds, and waiting for them to pass."""

    def now(self) -> float:
        """Return seconds since some fixed instant."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return after ``seconds``, or as soon as ``stop`` is set."""
        ...


class WallClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Return seconds since the machine started."""
        return time.monotonic()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return after ``seconds``, or as soon as ``stop`` is set."""
        stop.wait(seconds)
