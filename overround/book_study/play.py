"""The stages that price and decide, in this process, fed a recording and bets step by step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.mark import MarkBets
from agents.profile import Profile
from feeds.routing import FeedMessage, key_of, topic_of
from schemas import Bet, Decision, Exposure, OfferedPrice, OperatorCommand, OperatorProfile, Quote
from schemas.base import Message
from streams.records import EVENT_TIME, PlainRecord
from streams.replay import Replay
from streams.topics import BETS, COMMANDS, DECISIONS, EXPOSURE, Topic, offered

M = TypeVar("M", bound=Message)

STEP_MS = 300_000
TICK_MS = 1_000


@dataclass
class Play:
    """One operator on one recording.

    Parameters
    ----------
    profile : OperatorProfile
        Its settings.
    start_ms : int
        Event time from which they hold.
    decisions : list of Decision
        All so far, a bet's first one each.
    offers : dict of (str, str) to OfferedPrice
        By event and market, what stands.
    exposures : dict of str to Exposure
        By event.
    worst : list of (int, int)
        Event time and the sum of the events' worst cases, after each step.
    margins : list of (float, float)
        Target and realised overround of each price that was open.
    """

    profile: OperatorProfile
    start_ms: int
    decisions: list[Decision] = field(default_factory=list)
    offers: dict[tuple[str, str], OfferedPrice] = field(default_factory=dict)
    exposures: dict[str, Exposure] = field(default_factory=dict)
    worst: list[tuple[int, int]] = field(default_factory=list)
    margins: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        operators = [self.profile.operator]
        stages = [Compile(operators), Assess(), Book(operators), MarkBets(), Profile()]
        self._replay = Replay(stages, partitions=1, tick_ms=TICK_MS)
        self._read: dict[str, int] = {}
        self._quotes: dict[tuple[str, str, str], Quote] = {}
        self._prices = offered(self.profile.operator)
        command = OperatorCommand(
            operator=self.profile.operator,
            command_id="settings",
            kind="profile",
            issued_by="study",
            event_time_ms=self.start_ms,
            profile=self.profile,
        )
        self._run([_record(COMMANDS, f"{self.profile.operator}|settings", command, self.start_ms)])

    @property
    def best(self) -> dict[tuple[str, str, str], tuple[float, str]]:
        """The longest price of each outcome that a book shows at last, and the book."""
        found: dict[tuple[str, str, str], tuple[float, str]] = {}
        for quote in self._quotes.values():
            for outcome, price in quote.prices.items():
                key = (quote.event_id, quote.market, outcome)
                found[key] = max(found.get(key, (0.0, "")), (price, quote.book))
        return found

    def feed(self, messages: Sequence[FeedMessage]) -> None:
        """Take messages of the recording, and price."""
        for message in messages:
            if isinstance(message, Quote):
                self._quotes[message.event_id, message.market, message.book] = message
        self._run(
            [
                _record(topic_of(message), key_of(message), message, message.event_time_ms)
                for message in messages
            ]
        )

    def place(self, bets: Iterable[Bet]) -> None:
        """Take bets, and decide them."""
        self._run([_record(BETS, f"{bet.operator}|{bet.bettor}", bet, bet.event_time_ms) for bet in bets])

    def note(self, at_ms: int) -> None:
        """Note the worst case as it stands."""
        self.worst.append((at_ms, sum(exposure.worst_case for exposure in self.exposures.values())))

    def _run(self, records: Sequence[PlainRecord]) -> None:
        if not records:
            return
        self._replay.run(records)
        for offer in self._new(self._prices, OfferedPrice):
            self.offers[offer.event_id, offer.market] = offer
            if offer.suspended is None:
                self.margins.append((offer.target_overround, offer.overround))
        self.decisions.extend(self._new(DECISIONS, Decision))
        for exposure in self._new(EXPOSURE, Exposure):
            self.exposures[exposure.event_id] = exposure

    def _new(self, topic: Topic, model: type[M]) -> Iterator[M]:
        log = self._replay.logs[topic.name, 0]
        start = self._read.get(topic.name, 0)
        self._read[topic.name] = len(log)
        for record in log[start:]:
            if record.value is not None:
                yield model.model_validate_json(record.value)


def _record(topic: Topic, key: str, message: Message, at_ms: int) -> PlainRecord:
    value = message.__pydantic_serializer__.to_json(message)
    headers = ((EVENT_TIME, str(at_ms).encode()),)
    return PlainRecord(topic.name, 0, 0, at_ms, key.encode(), value, headers)


def steps(messages: Sequence[FeedMessage], step_ms: int = STEP_MS) -> Iterator[tuple[int, list[FeedMessage]]]:
    """Yield the messages of each step of event time with the instant at which it ends."""
    for step, some in groupby(messages, lambda message: message.event_time_ms // step_ms):
        yield (step + 1) * step_ms, list(some)
