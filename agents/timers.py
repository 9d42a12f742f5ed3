"""What falls due at an instant of event time, by partition: an index in memory, rebuilt from the values."""

import heapq
from collections.abc import Callable, Iterable

from streams.state import State

Due = tuple[int, str]
"""When (event time, UTC milliseconds) and the key of what is due."""


class Timers:
    """The earliest due time of each key; who gets one checks the value behind it."""

    def __init__(self, entries: Iterable[Due]) -> None:
        self._heap: list[Due] = []
        self._earliest: dict[str, int] = {}
        for at_ms, key in entries:
            self.add(at_ms, key)

    def add(self, at_ms: int, key: str) -> None:
        """Note that ``key`` is due at ``at_ms``, unless it is due earlier anyhow."""
        standing = self._earliest.get(key)
        if standing is None or at_ms < standing:
            self._earliest[key] = at_ms
            heapq.heappush(self._heap, (at_ms, key))

    def pop_due(self, now_ms: int) -> list[Due]:
        """Return and forget what is due by ``now_ms``, in the order of time and key."""
        due: list[Due] = []
        while self._heap and self._heap[0][0] <= now_ms:
            at_ms, key = heapq.heappop(self._heap)
            if self._earliest.get(key) == at_ms:
                del self._earliest[key]
                due.append((at_ms, key))
        return due


def timers(state: State, rebuild: Callable[[State], Iterable[Due]]) -> Timers:
    """Return the partition's timers, rebuilt from its values after a start or a roll-back."""
    found = state.local.get("timers")
    if not isinstance(found, Timers):
        found = Timers(rebuild(state))
        state.local["timers"] = found
    return found
