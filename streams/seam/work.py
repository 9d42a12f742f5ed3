"""From chunks to their outcome: calls the stage, and keeps a bad record from harming the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from streams.records import Chunk, Output, Record
from streams.seam.shelf import Overlay
from streams.stage import Outbox, Stage
from streams.state import Change, State
from streams.topics import MAX_MESSAGE_BYTES

log = structlog.get_logger(__name__)

Turn = Sequence[Chunk]
"""Chunks of one partition, one of each topic, whose outcome is written as one."""

STAGE_ERROR = "stage_error"
_HEADROOM = 64 * 1024


class TooLargeError(ValueError):
    """A stage wants to write a record that no topic takes."""


@dataclass(slots=True)
class Work:
    """What a stage made of a turn, not yet written anywhere."""

    changes: list[Change] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    rejected: list[tuple[Record, str]] = field(default_factory=list)

    def is_only(self, loose: frozenset[str]) -> bool:
        """Tell whether all of it is of these topics and kinds."""
        return all(output.topic in loose for output in self.outputs) and all(
            key.partition(b"/")[0].decode() in loose for key, _ in self.changes
        )

    def size(self) -> int:
        """Return about how many bytes it is, headers left out."""
        changed = sum(len(key) + len(value or b"") for key, value in self.changes)
        return changed + sum(len(output.key) + len(output.value or b"") for output in self.outputs)


class StagePart:
    """One partition of a stage: its state, and the changes that are not in the table yet.

    Parameters
    ----------
    stage : Stage
    overlay : Overlay
        The partition's part of the table.
    partitions : int
        Of every topic.
    """

    def __init__(self, stage: Stage, overlay: Overlay, partitions: int) -> None:
        self.overlay = overlay
        self._stage = stage
        self._partitions = partitions
        self._state = State(overlay)

    def work(self, turn: Turn) -> Work:
        """Return what the stage makes of ``turn``.

        A record on which the stage raises goes to the dead letters with reason ``stage_error``; the other
        records of the turn are then handled one by one.
        """
        try:
            return self._process(turn)
        except Exception as error:
            self._state.roll_back()
            parts = halves(turn)
            if len(parts) == 1:
                return self.failed(turn[0].records[0], error)
        return self._together(self.work(part) for part in parts)

    def undo(self) -> None:
        """Take back what ``work`` did last."""
        self._state.roll_back()
        self.overlay.discard()

    def _process(self, turn: Turn) -> Work:
        out = Outbox(self._partitions)
        for chunk in turn:
            self._stage.process(chunk, self._state, out)
        changes = self._state.take_changes()
        for key, value in changes:
            _check(len(key) + len(value or b""))
        for output in out.outputs:
            _check(len(output.key) + len(output.value or b""))
        self.overlay.put(changes)
        return Work(changes, out.outputs, out.rejected)

    def _together(self, works: Iterable[Work]) -> Work:
        total, changed = Work(), dict[bytes, bytes | None]()
        for work in works:
            for key, value in work.changes:
                changed.pop(key, None)
                changed[key] = value
            total.outputs += work.outputs
            total.rejected += work.rejected
        total.changes = list(changed.items())
        return total

    def failed(self, record: Record, error: Exception) -> Work:
        """Return the work of a record that only goes to the dead letters."""
        log.error(
            "a stage failed on a record",
            stage=self._stage.name,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            exc_info=error,
        )
        return Work(rejected=[(record, f"{STAGE_ERROR}: {type(error).__name__}: {error}"[:1000])])


def _check(size: int) -> None:
    if size > MAX_MESSAGE_BYTES - _HEADROOM:
        raise TooLargeError(f"a record of {size} bytes")


def newer(chunk: Chunk, applied: int) -> Chunk | None:
    """Return the part of a chunk above offset ``applied``, or None where there is none."""
    records: Sequence[Record] = chunk.records
    if records[0].offset > applied:
        return chunk
    if records[-1].offset <= applied:
        return None
    return Chunk(chunk.topic, chunk.partition, [record for record in records if record.offset > applied])


def halves(turn: Turn) -> list[Turn]:
    """Return a turn in two parts, in order: by chunks, or by records; a single record is itself."""
    if len(turn) > 1:
        middle = len(turn) // 2
        return [turn[:middle], turn[middle:]]
    (chunk,) = turn
    middle = len(chunk.records) // 2
    cut = [chunk.records[:middle], chunk.records[middle:]]
    return [(Chunk(chunk.topic, chunk.partition, records),) for records in cut if records]
