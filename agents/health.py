"""Stage health (by feed): a feed that falls silent is told to every partition, and so is its return."""

from collections.abc import Mapping

from agents.clock import CLOCK, advance
from domain.liveness import Liveness, LivenessConfig, hear, overdue
from schemas import Heartbeat
from streams.partitions import partition_of
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import HEARTBEATS

LIVENESS = Kind("liveness", Liveness)


class Health(Stage):
    """Watches the feeds whose names belong to its partition, each from its first heartbeat.

    Time is that of the heartbeats, of whatever feed: they come in the order in which they were sent, while
    quotes are read apart and may be ahead of them or behind.

    Parameters
    ----------
    config : LivenessConfig
        How long feeds may be quiet.
    """

    name = "health"
    kinds = (CLOCK, LIVENESS)

    def __init__(self, config: LivenessConfig | None = None) -> None:
        self._config = config or LivenessConfig()
        self._handlers: dict[str, Handler] = {HEARTBEATS.name: self.on_heartbeats}

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_heartbeats(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take each sign in order; look after each whether another feed is overdue."""
        own = dict(state.items(LIVENESS))
        for record, beat in decoded(chunk, Heartbeat, out):
            now = advance(state, beat.event_time_ms)
            said: list[Heartbeat | None] = []
            if partition_of(beat.feed, out.partitions) == chunk.partition:
                live = own.setdefault(beat.feed, Liveness(beat.event_time_ms))
                if beat.status not in {"silent", "recovered"}:
                    said.append(overdue(live, beat.feed, now, self._config))  # it came, but too late
                said.append(hear(live, beat))
                state.put(LIVENESS, beat.feed, live)
            for feed, live in own.items():
                late = overdue(live, feed, now, self._config)
                if late is not None:
                    state.put(LIVENESS, feed, live)
                    said.append(late)
            for message in said:
                if message is not None:
                    out.broadcast(HEARTBEATS, message.feed, message, now, cause=record)
