"""Stage profile (by bettor): marks move what is believed of a bettor, and the stake factor follows."""

from collections.abc import Mapping

from domain.sharps import Evidence, assess, update
from schemas import Alert, BettorRisk, Mark
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ALERTS, BETTORS, MARKS

EVIDENCE = Kind("evidence", Evidence)
RISK = Kind("risk", BettorRisk)


class Profile(Stage):
    """Every bettor's evidence and the risk that was last published of it."""

    name = "profile"
    kinds = (EVIDENCE, RISK)

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {MARKS.name: self.on_marks}

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_marks(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take all marks, then publish each bettor that they moved once."""
