"""All stream clients of this server: their number, and the one clock that ticks for all of them."""

import asyncio
from typing import TYPE_CHECKING

from api.deps import Deps
from api.stream.board import Board

if TYPE_CHECKING:
    from api.stream.session import Session

TICK_S = 0.1


class Hub:
    """Knows every session.

    One ticker watches heartbeats, tokens and stalled clients for all: a timer per message and client would
    cost more than the messages.
    """

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self._sessions: set[Session] = set()
        self._counts: dict[str, int] = {}

    @property
    def ready(self) -> bool:
        """Whether the boards are filled."""
        return all(tail.at_end for tail in self.deps.tails)

    def late(self, board: Board) -> bool:
        """Tell whether prices reach this server late, or not at all."""
        return board.late or not all(tail.healthy for tail in self.deps.tails)

    def enter(self, session: "Session") -> bool:
        """Count a client in; False when there is no room."""
        if len(self._sessions) >= self.deps.limits.streams:
            return False
        self._sessions.add(session)
        return True

    def leave(self, session: "Session") -> None:
        """Count a client out."""
        self._sessions.discard(session)

    def enter_operator(self, operator: str) -> bool:
        """Count a client in at its operator; False when there is no room."""
        count = self._counts.get(operator, 0)
        if count >= self.deps.limits.streams_per_operator:
            return False
        self._count(operator, count + 1)
        return True

    def leave_operator(self, operator: str) -> None:
        """Count a client out."""
        self._count(operator, self._counts[operator] - 1)

    def _count(self, operator: str, count: int) -> None:
        self._counts[operator] = count
        self.deps.metrics.streams.labels(operator).set(count)

    async def run(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            for session in tuple(self._sessions):
                session.tick(now)
