"""The board and the subscriptions to it: a model-based test, and the cases worth a name."""

import asyncio
import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from prometheus_client import CollectorRegistry

from api.metrics import Metrics
from api.stream import subscription as module
from api.stream.board import Board
from api.stream.clk import ClkError
from api.stream.messages import SERVER_MESSAGE, MarketSubscription
from api.stream.subscription import Subscription
from schemas import OfferedPrice
from streams.records import PRODUCED_AT, PlainRecord

MARKETS = ("1x2", "ou:1.5", "ou:2.5", "ah:0")
CHANGE = st.tuples(st.sampled_from(["e", "ee"]), st.sampled_from(MARKETS), st.booleans())
"""Event, market, and whether it is to be removed."""


def make_price(event_id: str, market: str, sequence: int, event_time_ms: int | None = None) -> OfferedPrice:
    return OfferedPrice(
        operator="north",
        event_id=event_id,
        market=market,
        sequence=sequence,
        prices={"home": 2.0},
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.0,
        event_time_ms=1000 + sequence if event_time_ms is None else event_time_ms,
    )


class Topic:
    """Numbers records as a topic of two partitions would."""

    def __init__(self) -> None:
        self.ends = [0, 0]

    def record(
        self, event_id: str, market: str, price: OfferedPrice | None, produced_us: int = 0
    ) -> PlainRecord:
        partition = len(event_id) % 2
        self.ends[partition] += 1
        value = None if price is None else price.model_dump_json().encode()
        headers = ((PRODUCED_AT, str(produced_us).encode()),) if produced_us else ()
        key = f"{event_id}|{market}".encode()
        return PlainRecord("t", partition, self.ends[partition] - 1, 0, key, value, headers)


class Follower:
    """A client: keeps what it is told, and checks that it hangs together."""

    def __init__(self, board: Board, clk: str | None = None, known: dict | None = None, **wish) -> None:
        self.known: dict[str, int] = dict(known or {})
        self.wake = asyncio.Event()
        request = MarketSubscription(op="marketSubscription", id=3, clk=clk, **wish)
        self.subscription = Subscription(request, board, self.wake)
        board.subscribe(self.subscription)
        self.clk = clk

    def take(self, messages: list[str]) -> None:
        for text in messages:
            message = SERVER_MESSAGE.validate_json(text)
            assert message.id == 3
            if message.ct == "SUB_IMAGE" and message.seg in (None, "SEG_START"):
                self.known.clear()
            for change in message.mc:
                gone = change.removed
                which = gone or change.price
                name = f"{which.event_id}|{which.market}"
                if message.ct is None:
                    assert change.prev == self.known.get(name, 0)
                    if change.price and not change.con:
                        assert change.price.sequence == change.prev + 1
                if gone:
                    self.known.pop(name, None)
                else:
                    self.known[name] = change.price.sequence
            self.clk = message.clk or self.clk

    def flush(self) -> None:
        if self.subscription.due:
            self.take([push.text for push in self.subscription.flush(1, late=False)])


class Streaming(RuleBasedStateMachine):
    """Prices change, clients take their messages or not, and come back: in the end each knows what stands."""

    @initialize()
    def start(self) -> None:
        self.board = Board("north", Metrics(CollectorRegistry()), lambda: 0.0)
        self.topic = Topic()
        self.truth: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.followers: list[Follower] = []

    def wanted(self, follower: Follower) -> dict[str, int]:
        chosen = follower.subscription.filter
        return {name: n for name, n in self.truth.items() if chosen.wants(*name.split("|"))}

    @rule(
        changes=st.lists(
            st.tuples(st.sampled_from(["e", "ee"]), st.sampled_from(MARKETS), st.booleans()), max_size=6
        )
    )
    def change(self, changes) -> None:
        records = []
        for event_id, market, removed in changes:
            name = f"{event_id}|{market}"
            if removed and name in self.truth:
                del self.truth[name]
                self.last[name] = 0
                records.append(self.topic.record(event_id, market, None))
            else:
                self.truth[name] = self.last[name] = self.last.get(name, 0) + 1
                records.append(
                    self.topic.record(event_id, market, make_price(event_id, market, self.truth[name]))
                )
        self.board.apply(records)

    @rule(which=st.sampled_from([{}, {"eventIds": ["e"]}, {"marketTypes": ["ou"]}, {"markets": ["ee|1x2"]}]))
    def come(self, which) -> None:
        if len(self.followers) < 4:
            self.followers.append(Follower(self.board, filter={k: frozenset(v) for k, v in which.items()}))

    @rule(number=st.integers(0, 3))
    def read(self, number) -> None:
        if number < len(self.followers):
            follower = self.followers[number]
            follower.flush()
            assert follower.known == self.wanted(follower)

    @rule(number=st.integers(0, 3))
    def come_back(self, number) -> None:
        if number < len(self.followers) and self.followers[number].clk is not None:
            old = self.followers[number]
            self.board.unsubscribe(old.subscription)
            new = Follower(
                self.board, old.clk, old.known, filter=old.subscription.filter.model_dump(by_alias=True)
            )
            self.followers[number] = new

    @invariant()
    def nobody_costs_more_than_the_markets(self) -> None:
        for follower in getattr(self, "followers", ()):
            assert len(follower.subscription._due) <= 2 * len(MARKETS)


TestStreaming = Streaming.TestCase
TestStreaming.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.fixture
def board(deps) -> Board:
    return deps.boards.by_operator["north"]


@pytest.fixture
def topic() -> Topic:
    return Topic()


def put(board: Board, topic: Topic, event_id: str, market: str, sequence: int, **more) -> None:
    live = more.pop("live", True)
    produced = more.pop("produced_us", 0)
    board.apply(
        [topic.record(event_id, market, make_price(event_id, market, sequence, **more), produced)], live=live
    )


def test_a_change_in_the_middle_of_a_long_image_is_told_once_and_rightly(board, topic, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_CHARS", 1)
    for i in range(3):
        put(board, topic, "e", f"ou:{i}", 1)
    follower = Follower(board)
    flush = follower.subscription.flush(1, late=False)
    first = next(flush).text
    put(board, topic, "e", "ou:0", 2)  # already told
    put(board, topic, "e", "ou:2", 2)  # still to be told
    rest = [push.text for push in flush]
    follower.take([first, *rest])
    assert follower.known == {"e|ou:0": 1, "e|ou:1": 1, "e|ou:2": 2}
    resumed = Follower(board, follower.clk, follower.known)
    resumed.flush()
    follower.flush()
    assert follower.known == resumed.known == {"e|ou:0": 2, "e|ou:1": 1, "e|ou:2": 2}


def test_a_heartbeat_under_conflation_does_not_pass_over_what_is_held_back(board, topic):
    put(board, topic, "e", "1x2", 1)
    follower = Follower(board, conflateMs=1000)
    follower.flush()
    put(board, topic, "e", "1x2", 2)
    follower.take([follower.subscription.heartbeat(1, late=False).text])
    resumed = Follower(board, follower.clk, follower.known)
    resumed.flush()
    assert resumed.known == {"e|1x2": 2}


def test_a_clk_from_beyond_the_end_of_the_topic_is_refused(board, topic, deps):
    put(board, topic, "e", "1x2", 1)
    follower = Follower(board)
    follower.flush()
    other = deps.boards.by_operator["south"]
    other.operator = "north"
    with pytest.raises(ClkError):
        Follower(other, follower.clk)


def test_a_clk_of_another_operator_is_refused(board, deps):
    follower = Follower(board)
    follower.flush()
    with pytest.raises(ClkError):
        Follower(deps.boards.by_operator["south"], follower.clk)


def test_a_price_that_starts_counting_anew_is_taken_if_it_is_newer(board, topic):
    put(board, topic, "e", "1x2", 9)
    put(board, topic, "e", "1x2", 1, event_time_ms=5000)
    assert board.entries["e|1x2"].sequence == 1
    put(board, topic, "e", "1x2", 1, event_time_ms=4000)
    assert board.entries["e|1x2"].event_time_ms == 5000


def test_gaps_are_counted_when_live_and_not_while_a_compacted_topic_is_read(board, topic, deps):
    def gaps() -> float:
        return (
            deps.registry.get_sample_value("overround_price_sequence_gaps_total", {"operator": "north"}) or 0
        )

    put(board, topic, "e", "1x2", 1, live=False)
    put(board, topic, "e", "1x2", 5, live=False)
    put(board, topic, "e", "1x2", 6)
    assert gaps() == 0
    put(board, topic, "e", "1x2", 8)
    assert gaps() == 1


def test_a_late_price_makes_the_board_late_for_a_while(board, topic, clock):
    now_us = int(clock() * 1e6)
    put(board, topic, "e", "1x2", 1, produced_us=now_us - 4_000_000)
    assert not board.late
    put(board, topic, "e", "1x2", 2, produced_us=now_us - 6_000_000, live=False)
    assert not board.late
    put(board, topic, "e", "1x2", 3, produced_us=now_us - 6_000_000)
    assert board.late
    assert json.loads(Follower(board).subscription.heartbeat(1, board.late).text)["status"] == 503
    clock.now += 5
    assert not board.late


def test_a_push_knows_the_oldest_price_in_it(board, topic):
    follower = Follower(board)
    follower.flush()
    put(board, topic, "e", "1x2", 1, produced_us=50)
    put(board, topic, "e", "ou:1", 1, produced_us=40)
    put(board, topic, "e", "ou:1", 2, produced_us=60)
    [push] = follower.subscription.flush(1, late=False)
    assert (push.kind, push.produced_us) == ("DELTA", 50)
