"""A pipeline in one process, with hands to put messages in and eyes to see what comes out."""

import json
from collections.abc import Mapping, Sequence, Set
from typing import TypeVar

from overround.audit import Archive
from schemas import (
    Bet,
    Fixture,
    Heartbeat,
    Leg,
    MarginProfile,
    OfferedPrice,
    OperatorCommand,
    OperatorProfile,
    Quote,
    Result,
)
from schemas.base import Message
from streams.partitions import partition_of
from streams.records import EVENT_TIME, PlainRecord
from streams.replay import Replay
from streams.stage import Stage
from streams.topics import BETS, COMMANDS, FIXTURES, HEARTBEATS, QUOTES, RESULTS, Topic, offered

M = TypeVar("M", bound=Message)

PARTITIONS = 2
START_MS = 1_750_000_000_000
KICK_OFF_MS = START_MS + 7_200_000
WALL_MS = START_MS + 86_400_000
"""When all records are produced: a day later than they happened, as in a replay."""


class Pipeline:
    """Stages in a replay; what is put in is played by ``run``."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.replay = Replay(stages, partitions=PARTITIONS)
        self._inputs: list[PlainRecord] = []

    def put(self, topic: Topic, key: str, message: Message, *, at_ms: int, wall_ms: int = WALL_MS) -> None:
        value = message.model_dump_json().encode()
        self.put_raw(topic, key, value, at_ms=at_ms, wall_ms=wall_ms)

    def put_raw(self, topic: Topic, key: str, value: bytes, *, at_ms: int, wall_ms: int = WALL_MS) -> None:
        wanted = range(PARTITIONS) if topic.broadcast else [partition_of(key, PARTITIONS)]
        headers = ((EVENT_TIME, str(at_ms).encode()),)
        for partition in wanted:
            self._inputs.append(
                PlainRecord(topic.name, partition, len(self._inputs), wall_ms, key.encode(), value, headers)
            )

    def put_json(self, topic: Topic, key: str, value: object, *, at_ms: int) -> None:
        self.put_raw(topic, key, json.dumps(value).encode(), at_ms=at_ms)

    def run(self) -> None:
        self.replay.run(self._inputs)
        self._inputs = []

    def read(self, topic: Topic, model: type[M]) -> list[M]:
        return [
            model.model_validate_json(record.value)
            for record in self.replay.topic(topic.name)
            if record.value is not None
        ]

    def reasons(self, topic: Topic) -> list[str]:
        """Reasons of the dead letters of a topic."""
        found = [dict(record.headers) for record in self.replay.topic(topic.dlq)]
        return [headers["reason"].decode() for headers in found]

    # what tests put in

    def fixture(
        self, event_id: str = "match", *, starts_at_ms: int = KICK_OFF_MS, at_ms: int = START_MS
    ) -> None:
        fixture = Fixture(
            event_id=event_id,
            sport="soccer",
            competition="cup",
            home="Home",
            away="Away",
            starts_at_ms=starts_at_ms,
            event_time_ms=at_ms,
        )
        self.put(FIXTURES, event_id, fixture, at_ms=at_ms)

    def operator(
        self, operator: str = "north", *, at_ms: int = START_MS, version: int = 1, **profile: object
    ) -> None:
        settings: dict[str, object] = {
            "margins": {"default": MarginProfile(overround=1.05, min_books=3)},
            **profile,
        }
        command = OperatorCommand(
            operator=operator,
            command_id=f"profile-{version}",
            kind="profile",
            issued_by="test",
            event_time_ms=at_ms,
            profile=OperatorProfile(operator=operator, version=version, **settings),
        )
        self.put(COMMANDS, f"{operator}|{command.command_id}", command, at_ms=at_ms)

    def command(self, kind: str, *, operator: str = "north", at_ms: int = START_MS, **what: object) -> None:
        command = OperatorCommand(
            operator=operator,
            command_id=f"{kind}-{at_ms}",
            kind=kind,
            issued_by="test",
            event_time_ms=at_ms,
            **what,
        )
        self.put(COMMANDS, f"{operator}|{command.command_id}", command, at_ms=at_ms)

    def quote(
        self,
        book: str,
        prices: dict[str, float],
        *,
        event_id: str = "match",
        market: str = "1x2",
        at_ms: int = START_MS,
        wall_ms: int = WALL_MS,
    ) -> None:
        quote = Quote(
            event_id=event_id,
            market=market,
            book=book,
            feed="test",
            prices=prices,
            event_time_ms=at_ms,
            quoted_at_ms=at_ms,
        )
        self.put(QUOTES, event_id, quote, at_ms=at_ms, wall_ms=wall_ms)

    def heartbeat(self, at_ms: int) -> None:
        self.put(HEARTBEATS, "test", Heartbeat(feed="test", event_time_ms=at_ms), at_ms=at_ms)

    def bet(self, bet_id: str = "b1", *, at_ms: int = START_MS + 60_000, **changes: object) -> None:
        leg = {"event_id": "match", "market": "1x2", "outcome": "home", "price": 1.5}
        bet = {"operator": "north", "bettor": "ann", "bet_id": bet_id, "stake": 1_000}
        for name, value in changes.items():
            (leg if name in leg else bet)[name] = value
        message = Bet.model_validate({**bet, "legs": [Leg.model_validate(leg)], "event_time_ms": at_ms})
        self.put(BETS, f"{message.operator}|{message.bettor}", message, at_ms=at_ms)

    def combined(
        self,
        legs: Sequence[tuple[str, str, str, float]],
        bet_id: str = "c1",
        *,
        at_ms: int = START_MS + 60_000,
        **changes: object,
    ) -> None:
        """A bet with several legs: event, market, outcome, price."""
        named = [dict(zip(("event_id", "market", "outcome", "price"), leg, strict=True)) for leg in legs]
        bet = {"operator": "north", "bettor": "ann", "bet_id": bet_id, "stake": 1_000, "legs": named}
        message = Bet.model_validate({**bet, **changes, "event_time_ms": at_ms})
        self.put(BETS, f"{message.operator}|{message.bettor}", message, at_ms=at_ms)

    def offer(
        self,
        event_id: str,
        prices: dict[str, float],
        *,
        market: str = "1x2",
        sequence: int = 1,
        **more: object,
    ) -> None:
        """A price that stands, put in by hand where the compiler is not of interest."""
        price = {
            "operator": "north",
            "event_id": event_id,
            "market": market,
            "sequence": sequence,
            "prices": prices,
            "fair_sequence": 1,
            "exposure_version": 0,
            "settings_version": 1,
            "overround": 1.05,
            "event_time_ms": START_MS,
        }
        message = OfferedPrice.model_validate({**price, **more})
        self.put(offered("north"), event_id, message, at_ms=START_MS)

    def result(self, event_id: str, status: str = "final", *, at_ms: int, **said: object) -> None:
        message = Result.model_validate(
            {"event_id": event_id, "status": status, "event_time_ms": at_ms, **said}
        )
        self.put(RESULTS, event_id, message, at_ms=at_ms)

    def open_market(self, *, books: int = 4, prices: dict[str, float] | None = None) -> None:
        """A known fixture, an operator, and enough books: a market that takes bets."""
        self.fixture()
        self.operator()
        for n in range(books):
            self.quote(
                f"book{n}", prices or {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=START_MS + 1_000 + n
            )

    def offers(self, operator: str = "north") -> list[OfferedPrice]:
        return self.read(offered(operator), OfferedPrice)

    def audited(self, *operators: str, gone: Set[str] = frozenset()) -> Mapping[str, int]:
        """Return how many prices and decisions of operators (``north``) recompute to themselves: all do.

        Parameters
        ----------
        gone : set of str
            What some stood on that no stage wrote, because it was put in by hand.
        """
        archive = Archive(list(operators or ("north",)))
        for topic in archive.topics:
            archive.take(self.replay.topic(topic))
        found = archive.audit()
        assert found.differences == []
        assert set(found.gone) <= gone
        return found.agreed
