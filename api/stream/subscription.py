"""What one client wants and has not got yet: a set of markets, never a queue of messages.

However far a client falls behind, it costs one entry per market, and gets the newest price of each when it
takes messages again.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.stream import clk
from api.stream.messages import MarketSubscription

if TYPE_CHECKING:
    from api.stream.board import Board, Entry

SEGMENT_CHARS = 200_000
"""A longer message is told in segments: many clients refuse messages of a megabyte."""


@dataclass(frozen=True, slots=True)
class Push:
    """A message for the client, and when the oldest price in it was produced (UTC microseconds)."""

    kind: str
    text: str
    produced_us: int | None = None


@dataclass(slots=True)
class _Due:
    """A market that the client has not got: the sequence that it has (None: unknown), and changes since."""

    prev: int | None
    changes: int


class Subscription:
    """One client's subscription.

    Parameters
    ----------
    request : MarketSubscription
        What the client asked for.
    board : Board
        Where the prices are.
    wake : Event
        Set when there is something to send.

    Attributes
    ----------
    first : str or None
        What the first message is, until it has been asked for.
    flushed_at : float
        For the sender: when it last sent changes, by the event loop's clock.

    Raises
    ------
    ClkError
        When it cannot be resumed from the request's clk.
    """

    def __init__(self, request: MarketSubscription, board: "Board", wake: asyncio.Event) -> None:
        self.id = request.id
        self.filter = request.filter
        self.heartbeat_s = request.heartbeat_ms / 1000
        self.conflate_s = request.conflate_ms / 1000
        self._echo = f',"heartbeatMs":{request.heartbeat_ms},"conflateMs":{request.conflate_ms}'
        self._board = board
        self._tag = clk.tag(board.operator, request.filter.text())
        self._wake = wake
        self._everything = request.filter.everything
        self._mark = ""
        self.flushed_at = 0.0
        self.first: str | None
        if request.clk is None:
            self.first = "SUB_IMAGE"
            found = board.selected(self)
            self._due = {name: _Due(None, 1) for name, entry in found if entry.text is not None}
        else:
            self.first = "RESUB_DELTA"
            self._due = {name: _Due(None, 1) for name, _ in board.beyond(self._offsets(request.clk), self)}

    def _offsets(self, text: str) -> dict[int, int]:
        offsets, _, found = text.partition(".")
        if found != self._tag:
            raise clk.ClkError("the clk is from a subscription with another filter")
        return clk.decode(offsets)

    @property
    def due(self) -> bool:
        """Whether there is something to send."""
        return bool(self._due) or self.first is not None

    def mark(self, changed: Iterable[tuple[str, "Entry", int]]) -> None:
        """Note changes: name, what stands now, and the sequence before."""
        for name, entry, before in changed:
            if not (self._everything or self.filter.wants(entry.event_id, entry.market)):
                continue
            known = self._due.get(name)
            if known is None:
                self._due[name] = _Due(before, 1)
            else:
                known.changes += 1
        if self._due:
            self._wake.set()

    def flush(self, now_ms: int, late: bool) -> Iterator[Push]:
        """Yield all that is due, as messages; each is written when it is asked for, with what stands then."""
        kind, self.first = self.first, None
        mark = self._mark = self._here()
        due, self._due = self._due, {}
        names = list(due)
        at, segment = 0, 0
        while True:
            items: list[str] = []
            size, oldest = 0, None
            while at < len(names) and size < SEGMENT_CHARS:
                entry = self._board.entries[names[at]]
                items.append(self._item(names[at], entry, due[names[at]]))
                size += len(items[-1])
                if entry.produced_us is not None:
                    oldest = min(entry.produced_us, oldest or entry.produced_us)
                at += 1
            last = at == len(names)
            text = self._message(kind, _segment(segment, last), mark if last else None, now_ms, late, items)
            yield Push(kind or "DELTA", text, None if kind else oldest)
            segment += 1
            if last:
                return

    def _item(self, name: str, entry: "Entry", due: _Due) -> str:
        # changed again since the flush began: this message says it already
        again = self._due.pop(name, None)
        changes = due.changes + (again.changes if again else 0)
        if entry.text is not None:
            text = f'{{"price":{entry.text}'
        else:
            gone = json.dumps({"event_id": entry.event_id, "market": entry.market}, ensure_ascii=False)
            text = f'{{"removed":{gone}'
        if due.prev is not None:
            text += f',"prev":{due.prev}'
            if changes > 1:
                text += ',"con":true'
        return text + "}"

    def heartbeat(self, now_ms: int, late: bool) -> Push:
        """Return a heartbeat; its clk covers what has been sent, not what conflation still holds back."""
        mark = self._mark if self._due else self._here()
        return Push("HEARTBEAT", self._message("HEARTBEAT", None, mark, now_ms, late, ()))

    def _here(self) -> str:
        return f"{self._board.clk}.{self._tag}"

    def _message(
        self,
        kind: str | None,
        segment: str | None,
        mark: str | None,
        now_ms: int,
        late: bool,
        items: Sequence[str],
    ) -> str:
        parts = [f'{{"op":"mcm","id":{self.id}']
        if kind is not None:
            parts.append(f',"ct":"{kind}"')
        if segment is not None:
            parts.append(f',"seg":"{segment}"')
        if mark is not None:
            parts.append(f',"clk":"{mark}"')
        parts.append(f',"pt":{now_ms}')
        if late:
            parts.append(',"status":503')
        if kind in ("SUB_IMAGE", "RESUB_DELTA"):
            parts.append(self._echo)
        if kind != "HEARTBEAT":
            parts.append(f',"mc":[{",".join(items)}]')
        return "".join(parts) + "}"


def _segment(number: int, last: bool) -> str | None:
    if number == 0:
        return None if last else "SEG_START"
    return "SEG_END" if last else "SEG"
