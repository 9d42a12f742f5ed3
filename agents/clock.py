"""Event time of a partition: the latest instant that any of its messages has shown."""

from dataclasses import dataclass

from streams.state import Kind, State


@dataclass(slots=True)
class Clock:
    """Event time so far, UTC milliseconds."""

    now_ms: int = 0


CLOCK = Kind("clock", Clock)
_KEY = "now"


def now_ms(state: State) -> int:
    """Return the event time of the partition, 0 before the first message."""
    clock = state.get(CLOCK, _KEY)
    return 0 if clock is None else clock.now_ms


def advance(state: State, event_time_ms: int) -> int:
    """Move the clock forward, never back; return where it stands."""
    clock = state.get(CLOCK, _KEY) or Clock()
    if event_time_ms > clock.now_ms:
        clock.now_ms = event_time_ms
        state.put(CLOCK, _KEY, clock)
    return clock.now_ms
