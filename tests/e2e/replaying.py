"""Replays of the bundled recording in this process, with bets that follow from the prices."""

from collections.abc import Iterable, Sequence

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.derive import Derive
from agents.health import Health
from agents.mark import MarkBets
from agents.profile import Profile
from agents.surveil import Surveil
from domain.derivation import DeriveConfig
from feeds.routing import FeedMessage, key_of, topic_of
from overround.demo.operators import NAMES, PROFILES
from schemas import Bet, Leg, OfferedPrice, OperatorCommand
from schemas.base import Message
from streams.partitions import partition_of
from streams.records import EVENT_TIME, PlainRecord
from streams.replay import Replay
from streams.stage import Stage
from streams.topics import BETS, COMMANDS, Topic, offered

PARTITIONS = 4
PRODUCED_AFTER_MS = 10**10


def all_stages() -> list[Stage]:
    derive = Derive(DeriveConfig({"soccer": ["dc", "dnb", "btts"]}))
    return [Compile(NAMES), derive, Assess(), Book(NAMES), MarkBets(), Profile(), Surveil(NAMES), Health()]


class Inputs:
    """Records to be replayed, numbered by partition as a broker would."""

    def __init__(self) -> None:
        self.records: list[PlainRecord] = []
        self._ends: dict[tuple[str, int], int] = {}

    def add(self, topic: Topic, key: str, message: Message, at_ms: int) -> None:
        value = message.model_dump_json().encode()
        for partition in range(PARTITIONS) if topic.broadcast else [partition_of(key, PARTITIONS)]:
            offset = self._ends.get((topic.name, partition), 0)
            self._ends[topic.name, partition] = offset + 1
            headers = ((EVENT_TIME, str(at_ms).encode()),)
            self.records.append(
                PlainRecord(
                    topic.name, partition, offset, at_ms + PRODUCED_AFTER_MS, key.encode(), value, headers
                )
            )

    def add_profiles(self, at_ms: int) -> None:
        for profile in PROFILES:
            command = OperatorCommand(
                operator=profile.operator,
                command_id="profile",
                kind="profile",
                issued_by="test",
                event_time_ms=at_ms,
                profile=profile,
            )
            self.add(COMMANDS, f"{profile.operator}|profile", command, at_ms)

    def add_feed(self, messages: Iterable[FeedMessage]) -> None:
        for message in messages:
            self.add(topic_of(message), key_of(message), message, message.event_time_ms)

    def add_bets(self, offers: Sequence[OfferedPrice], every: int) -> None:
        """A bet on every so many prices, right after it, by one of fifty bettors of the operator."""
        other: OfferedPrice | None = None
        for number, offer in enumerate(offers):
            if number % every or offer.suspended is not None:
                continue
            outcome = sorted(offer.prices)[number // every % len(offer.prices)]
            leg = Leg(
                event_id=offer.event_id, market=offer.market, outcome=outcome, price=offer.prices[outcome]
            )
            legs = [leg]
            if number // every % 10 == 0 and other is not None and other.event_id != offer.event_id:
                pick = sorted(other.prices)[0]
                legs.append(
                    Leg(event_id=other.event_id, market=other.market, outcome=pick, price=other.prices[pick])
                )
            other = offer
            bettor = f"bettor{number % 50}"
            bet = Bet(
                operator=offer.operator,
                bettor=bettor,
                bet_id=f"b{number}",
                legs=legs,
                stake=1_000 + number % 7 * 500,
                event_time_ms=offer.event_time_ms + 1,
            )
            self.add(BETS, f"{offer.operator}|{bettor}", bet, offer.event_time_ms + 1)


def replayed(messages: Sequence[FeedMessage], *, bet_every: int) -> Replay:
    """Play the feed alone to learn its prices, then again with bets on them."""
    inputs = Inputs()
    inputs.add_profiles(messages[0].event_time_ms)
    inputs.add_feed(messages)
    prices = Replay([Compile(NAMES)], PARTITIONS)
    prices.run(inputs.records)
    inputs.add_bets(offers_of(prices), bet_every)
    return replay_of(inputs.records)


def replay_of(records: Iterable[PlainRecord]) -> Replay:
    replay = Replay(all_stages(), PARTITIONS)
    replay.run(records)
    return replay


def offers_of(replay: Replay) -> list[OfferedPrice]:
    return [
        OfferedPrice.model_validate_json(record.value)
        for operator in NAMES
        for record in replay.topic(offered(operator).name)
    ]
