"""What the book knows of events."""

from dataclasses import dataclass

from streams.state import Kind


@dataclass(slots=True)
class Event:
    """What is known of an event."""

    starts_at_ms: int
    sport: str
    competition: str


EVENT = Kind("event", Event)
