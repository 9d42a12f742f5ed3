"""What comes back of bets: decisions, and bets that came to the dead letters."""

import logging
from collections.abc import Sequence

from pydantic import ValidationError

from api.metrics import Metrics
from api.waiting import WaitingBets
from schemas import Bet
from streams.records import Record, header
from streams.topics import BETS, DECISIONS

log = logging.getLogger(__name__)

TOPICS = (DECISIONS.name, BETS.dlq)
_REASON = "reason"


class Following:
    """Takes the records of ``TOPICS`` to those who wait for them.

    Parameters
    ----------
    waiting : WaitingBets
        Who waits.
    metrics : Metrics
        Counts records.
    """

    def __init__(self, waiting: WaitingBets, metrics: Metrics) -> None:
        self._waiting = waiting
        self._metrics = metrics

    def apply(self, records: Sequence[Record]) -> None:
        """Take records, in order within a partition."""
        for record in records:
            self._metrics.tailed.labels(record.topic).inc()
            if record.value is None:
                continue
            if record.topic == DECISIONS.name:
                self._decision(record, record.value)
            else:
                self._dead_letter(record, record.value)

    def _decision(self, record: Record, value: bytes) -> None:
        try:
            self._waiting.decide(value)
        except ValidationError:
            self._metrics.unreadable.labels(record.topic).inc()
            log.warning("%s %d@%d is not a decision", record.topic, record.offset, record.partition)

    def _dead_letter(self, record: Record, value: bytes) -> None:
        try:
            bet = Bet.model_validate_json(value)
        except ValidationError:
            return  # not from here: what the edge sends can be read
        self._waiting.refuse(bet, (header(record, _REASON) or b"unknown").decode(errors="replace"))
