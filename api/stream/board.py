"""The latest price of every market of an operator, in memory, filled from the operator's price topic."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from api.metrics import Metrics
from api.ports import Clock
from api.stream import clk
from api.stream.subscription import Subscription
from schemas import OfferedPrice
from streams.records import PRODUCED_AT, Record, micros
from streams.topics import offered

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A market as it stands.

    Parameters
    ----------
    text : str or None
        The price as JSON; None when the market has been removed.
    partition, offset : int
        The record that said so.
    sequence, event_time_ms : int
        Of the price.
    produced_us : int or None
        Wall clock of the price's producer, UTC microseconds.
    """

    event_id: str
    market: str
    text: str | None
    partition: int
    offset: int
    sequence: int
    event_time_ms: int
    produced_us: int | None


class Board:
    """One operator's markets, and the subscriptions to them.

    Parameters
    ----------
    operator : str
        Whose prices.
    metrics : Metrics
        Counts records, gaps and what could not be read.
    clock : callable
        Returns seconds UTC.
    late_s : float
        A price that arrives later than this after it was produced is late.
    """

    def __init__(self, operator: str, metrics: Metrics, clock: Clock, late_s: float = 5.0) -> None:
        self.operator = operator
        self.topic = offered(operator).name
        self.entries: dict[str, Entry] = {}
        self._offsets: dict[int, int] = {}
        self._clk = clk.encode({})
        self._subscriptions: set[Subscription] = set()
        self._metrics = metrics
        self._clock = clock
        self._late_s = late_s
        self._late_until = 0.0

    @property
    def late(self) -> bool:
        """Whether prices have come late within the last seconds."""
        return self._clock() < self._late_until

    @property
    def clk(self) -> str:
        """How far the topic has been read."""
        return self._clk

    def subscribe(self, subscription: Subscription) -> None:
        """Tell the subscription of every change from now on."""
        self._subscriptions.add(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop telling it."""
        self._subscriptions.discard(subscription)

    def selected(self, subscription: Subscription) -> Iterator[tuple[str, Entry]]:
        """Yield the markets that a subscription wants, with their names."""
        if subscription.filter.markets is None:
            names: Iterable[str] = self.entries
        else:
            names = (name for name in subscription.filter.markets if name in self.entries)
        for name in names:
            entry = self.entries[name]
            if subscription.filter.wants(entry.event_id, entry.market):
                yield name, entry

    def apply(self, records: Sequence[Record], *, live: bool = True) -> None:
        """Take records of the topic, in order within a partition.

        Parameters
        ----------
        live : bool
            False while the topic is read from its beginning: its prices are old, and compaction has left
            gaps in their sequences.
        """
        changed: list[tuple[str, Entry, int]] = []
        for record in records:
            self._offsets[record.partition] = record.offset + 1
            try:
                found = self._entry(record)
            except (ValidationError, ValueError):
                self._metrics.unreadable.labels(record.topic).inc()
                log.warning("%s %d@%d is not a price", record.topic, record.offset, record.partition)
                continue
            if found is not None:
                changed.append(found)
        self._metrics.tailed.labels(self.topic).inc(len(records))
        if live:
            self._watch(changed)
        self._clk = clk.encode(self._offsets)
        for subscription in self._subscriptions:
            subscription.mark(changed)

    def _entry(self, record: Record) -> tuple[str, Entry, int] | None:
        """Put a record on the board; return name, entry and the sequence before, or None if it is old."""
        name = (record.key or b"").decode()
        event_id, bar, market = name.partition("|")
        if not bar:
            raise ValueError("not a market's key")
        before = self.entries.get(name)
        text, sequence, event_time_ms = None, 0, 0
        if record.value is not None:
            price = OfferedPrice.model_validate_json(record.value)
            # what goes out is the message as documented, and is known to be JSON
            text = price.model_dump_json()
            sequence, event_time_ms = price.sequence, price.event_time_ms
            if before is not None and sequence <= before.sequence and event_time_ms <= before.event_time_ms:
                return None  # written a second time after a crash: what stands is as new
        produced_us = micros(record, PRODUCED_AT)
        entry = Entry(
            event_id, market, text, record.partition, record.offset, sequence, event_time_ms, produced_us
        )
        self.entries[name] = entry
        return name, entry, 0 if before is None else before.sequence

    def _watch(self, changed: Sequence[tuple[str, Entry, int]]) -> None:
        now = self._clock()
        for _, entry, before in changed:
            if before and entry.sequence and entry.sequence != before + 1:
                self._metrics.gaps.labels(self.operator).inc()
            if entry.produced_us is not None and now - entry.produced_us / 1e6 > self._late_s:
                self._late_until = now + self._late_s

    def beyond(self, offsets: Mapping[int, int], subscription: Subscription) -> list[tuple[str, Entry]]:
        """Return the wanted markets that changed after ``offsets``.

        Raises
        ------
        ClkError
            When the offsets lie beyond the topic's end.
        """
        if any(offset > self._offsets.get(partition, 0) for partition, offset in offsets.items()):
            raise clk.ClkError("the clk is from another topic, or this server has not read that far")
        return [
            (name, entry)
            for name, entry in self.selected(subscription)
            if entry.offset >= offsets.get(entry.partition, 0)
        ]


class Boards:
    """The boards of all operators."""

    def __init__(self, operators: Iterable[str], metrics: Metrics, clock: Clock, late_s: float = 5.0) -> None:
        self.by_operator = {operator: Board(operator, metrics, clock, late_s) for operator in operators}
        self._by_topic = {board.topic: board for board in self.by_operator.values()}

    @property
    def topics(self) -> tuple[str, ...]:
        """What fills them."""
        return tuple(self._by_topic)

    def apply(self, records: Sequence[Record], *, live: bool = True) -> None:
        """Take records of several boards' topics."""
        by_topic: dict[str, list[Record]] = {}
        for record in records:
            by_topic.setdefault(record.topic, []).append(record)
        for topic, found in by_topic.items():
            self._by_topic[topic].apply(found, live=live)
