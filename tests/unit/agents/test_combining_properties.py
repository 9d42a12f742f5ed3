"""Bets on several events in any order of arrival, with messages that come twice, and workers that crash.

A small world of its own: stages, their stored tables, and messages under way. Hypothesis picks what arrives
next, delivers some of it again, and crashes workers: after a chunk was written and before its outputs were
seen (they are sent again), or before it was written (it is processed anew).
"""

from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.assess import Assess
from agents.book import Book
from agents.shared_use import BOOK
from domain.book import EventBook
from schemas import (
    Bet,
    Decision,
    Heartbeat,
    OperatorCommand,
    OperatorProfile,
    Result,
    Settlement,
)
from schemas.base import Message
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox, Stage
from streams.state import DictStore, State
from streams.topics import (
    ASSESSED,
    BETS,
    COMMANDS,
    DECISIONS,
    FIXTURES,
    GRADED,
    GRANTS,
    HEARTBEATS,
    RESERVATIONS,
    RESULTS,
    SETTLED,
    offered,
)
from tests.open_market import PRICES, fixture, price

NOW_MS = 1_750_000_000_000
KICK_OFF_MS = NOW_MS + 3_600_000
EVENTS = ("a", "b", "c")
PLAYED = ("a", "b")
"""Those that are under way where the operator takes bets in play."""
DELAY_MS = 5_000
LIMIT = 20_000
BETWEEN = {ASSESSED.name, RESERVATIONS.name, GRANTS.name, GRADED.name}


class World:
    """Two stages on one partition, and what is on its way to them."""

    def __init__(self, *, in_play: bool = False) -> None:
        self.stages: dict[str, Stage] = {stage.name: stage for stage in (Assess(), Book(["north"]))}
        self.stores = {name: DictStore() for name in self.stages}
        self.states = {name: State(store) for name, store in self.stores.items()}
        self.readers: dict[str, list[str]] = defaultdict(list)
        for name, stage in self.stages.items():
            for topic in stage.inputs():
                self.readers[topic].append(name)
        self.waiting: list[tuple[str, str, bytes]] = []
        self.delivered: list[tuple[str, str, bytes]] = []
        self.out: dict[str, list[bytes]] = defaultdict(list)
        profile = OperatorProfile(
            operator="north",
            version=1,
            event_limit=LIMIT,
            market_limit=LIMIT,
            in_play=in_play,
            live_delay_ms=DELAY_MS,
        )
        self.tell(
            COMMANDS.name,
            OperatorCommand(
                operator="north",
                command_id="p",
                kind="profile",
                issued_by="t",
                event_time_ms=0,
                profile=profile,
            ),
        )
        for event in EVENTS:
            started = in_play and event in PLAYED
            self.tell(FIXTURES.name, fixture(event, NOW_MS - 1 if started else KICK_OFF_MS))
            self.tell(offered("north").name, price("north", event))
        self.deliver_all()

    def tell(self, topic: str, message: Message) -> None:
        self._send(topic, message.model_dump_json().encode())

    def _send(self, topic: str, value: bytes) -> None:
        self.out[topic].append(value)
        self.waiting += [(stage, topic, value) for stage in self.readers[topic]]

    def deliver(self, index: int, crash: str = "") -> None:
        self._process(self.waiting.pop(index % len(self.waiting)), crash)

    def again(self, index: int) -> None:
        """Deliver something a second time, as a worker does that crashed before it had committed."""
        between = [each for each in self.delivered if each[1] in BETWEEN]
        if between:
            self._process(between[index % len(between)], "")

    def _process(self, what: tuple[str, str, bytes], crash: str) -> None:
        name, topic, value = what
        if crash == "before":
            self._run(name, topic, value)  # what it came to is lost
            self.states[name] = State(self.stores[name])
        outputs = self._run(name, topic, value)
        self.stores[name].apply(self.states[name].take_changes())
        if crash == "after":
            self.states[name] = State(self.stores[name])
        self.delivered.append(what)
        for output in outputs.outputs:
            if output.value is not None:
                self._send(output.topic, output.value)

    def _run(self, name: str, topic: str, value: bytes) -> Outbox:
        out = Outbox(1)
        record = PlainRecord(topic, 0, 0, NOW_MS, b"", value)
        self.stages[name].process(Chunk(topic, 0, [record]), self.states[name], out)
        return out

    def deliver_all(self, pick: Callable[[int], int] = lambda _: 0) -> None:
        while self.waiting:
            self.deliver(pick(len(self.waiting)))

    # what is seen from outside

    def books(self) -> dict[str, EventBook]:
        state = State(self.stores["book"])
        return {key.split("|")[0]: book for key, book in state.items(BOOK)}

    def decisions(self) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = defaultdict(set)
        for value in self.out[DECISIONS.name]:
            found[Decision.model_validate_json(value).bet_id].add(value)
        return found

    def settled(self) -> dict[str, Settlement]:
        found: dict[str, Settlement] = {}
        for value in self.out[SETTLED.name]:
            each = Settlement.model_validate_json(value)
            if each.bet_id not in found or each.version > found[each.bet_id].version:
                found[each.bet_id] = each
        return found

    def held(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Stakes and payouts by event and outcome, recomputed from decisions and settlements."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        settled = self.settled()
        for values in self.decisions().values():
            decision = Decision.model_validate_json(next(iter(values)))
            last = settled.get(decision.bet_id)
            if decision.decision != "accepted" or (last is not None and last.status == "settled"):
                continue
            if decision.legs:
                legs = last.legs if last is not None else decision.legs
                holds = [(leg.event_id, hold) for leg in legs for hold in leg.holds]
                parts = [(event, hold.outcome, hold.stake, hold.payout) for event, hold in holds]
            else:
                parts = [(decision.event_id, decision.outcome, decision.stake, decision.payout)]
            for event, outcome, stake, payout in parts:
                before = found.get((event, outcome), (0, 0))
                found[event, outcome] = before[0] + stake, before[1] + payout
        return found


def bet(number: int, legs: list[tuple[str, str]], stake: int) -> Bet:
    return Bet.model_validate(
        {
            "operator": "north",
            "bettor": f"x{number % 2}",
            "bet_id": f"b{number}",
            "stake": stake,
            "event_time_ms": NOW_MS,
            "legs": [
                {"event_id": event, "market": "1x2", "outcome": outcome, "price": PRICES[outcome]}
                for event, outcome in legs
            ],
        }
    )


outcomes = st.sampled_from(sorted(PRICES))
bets = st.tuples(
    st.lists(
        st.tuples(st.sampled_from(EVENTS), outcomes), min_size=1, max_size=3, unique_by=lambda leg: leg[0]
    ),
    st.integers(100, 9_000),
)
scores = st.sampled_from([(1, 0), (0, 0), (0, 1)])
said = st.one_of(
    st.builds(lambda s: {"status": "final", "home_score": s[0], "away_score": s[1]}, scores),
    st.sampled_from([{"status": "void"}, {"status": "rollback"}]),
)
results = st.lists(st.tuples(st.sampled_from(EVENTS), said), max_size=5)
events = st.integers(0, 5)


def check(world: World, placed: int) -> None:
    """All that must hold when nothing is under way any more."""
    decisions = world.decisions()
    assert len(decisions) == placed
    assert all(len(values) == 1 for values in decisions.values())
    held = world.held()
    books = world.books()
    for event in EVENTS:
        book = books.get(event, EventBook())
        payouts = {outcome: pays for (name, outcome), (_, pays) in held.items() if name == event}
        stakes = sum(stake for (name, _), (stake, _) in held.items() if name == event)
        market = book.markets.get("1x2")
        assert (market.stakes if market else 0) == stakes
        assert (market.payouts if market else {}) == payouts
        assert book.worst_case() == max([0, *(pays - stakes for pays in payouts.values())])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(bets, min_size=1, max_size=5), results, st.data())
def test_any_order_with_repeats_and_crashes_ends_in_books_that_recompute(wanted, told, data):
    world = World()
    for number, (legs, stake) in enumerate(wanted):
        world.tell(BETS.name, bet(number, legs, stake))
    at_ms = KICK_OFF_MS
    todo, repeats = list(told), 8
    while world.waiting or todo:
        step = data.draw(events)
        if step == 0 and todo and not any(topic == RESULTS.name for _, topic, _ in world.waiting):
            event, what = todo.pop()
            at_ms += 1_000
            world.tell(
                RESULTS.name, Result.model_validate({"event_id": event, "event_time_ms": at_ms, **what})
            )
        elif world.waiting:
            crash = ("", "", "before", "after")[step % 4]
            world.deliver(data.draw(st.integers(0, 30)), crash)
            if step == 5 and repeats:
                repeats -= 1
                world.again(data.draw(st.integers(0, 30)))
    check(world, len(wanted))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(bets, min_size=1, max_size=6), st.data())
def test_no_accepted_bet_takes_a_book_beyond_its_limit(wanted, data):
    world = World()
    for number, (legs, stake) in enumerate(wanted):
        world.tell(BETS.name, bet(number, legs, stake))
    while world.waiting:
        world.deliver(data.draw(st.integers(0, 30)))
        assert all(book.worst_case() <= LIMIT for book in world.books().values())
    check(world, len(wanted))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(bets, min_size=1, max_size=4), st.data())
def test_legs_in_play_wait_and_are_then_held_or_not_in_any_order_with_repeats_and_crashes(wanted, data):
    world = World(in_play=True)
    for number, (legs, stake) in enumerate(wanted):
        world.tell(BETS.name, bet(number, legs, stake))
    beats, repeats = [NOW_MS + DELAY_MS * n // 3 for n in range(1, 5)], 8
    while world.waiting or beats:
        step = data.draw(events)
        if beats and (step == 0 or not world.waiting):
            world.tell(HEARTBEATS.name, Heartbeat(feed="f", event_time_ms=beats.pop(0)))
        else:
            world.deliver(data.draw(st.integers(0, 30)), ("", "", "before", "after")[step % 4])
            if step == 5 and repeats:
                repeats -= 1
                world.again(data.draw(st.integers(0, 30)))
        assert all(book.worst_case() <= LIMIT for book in world.books().values())
    world.tell(HEARTBEATS.name, Heartbeat(feed="f", event_time_ms=NOW_MS + 60_000))
    world.deliver_all()
    check(world, len(wanted))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.lists(bets, min_size=1, max_size=4), st.integers(0, 20), st.data())
def test_time_that_runs_out_at_any_moment_leaves_no_bet_half_accepted(in_play, wanted, moment, data):
    world = World(in_play=in_play)
    for number, (legs, stake) in enumerate(wanted):
        world.tell(BETS.name, bet(number, legs, stake))
    steps = 0
    while world.waiting:
        if steps == moment:
            world.tell(HEARTBEATS.name, Heartbeat(feed="f", event_time_ms=NOW_MS + 36_000))
        world.deliver(data.draw(st.integers(0, 30)))
        steps += 1
    world.tell(HEARTBEATS.name, Heartbeat(feed="f", event_time_ms=NOW_MS + 120_000))
    world.deliver_all()
    check(world, len(wanted))


def test_the_world_itself_accepts_what_nothing_speaks_against():
    world = World()
    world.tell(BETS.name, bet(0, [("a", "home"), ("b", "draw")], 1_000))
    world.deliver_all()
    (values,) = world.decisions().values()
    assert Decision.model_validate_json(next(iter(values))).decision == "accepted"
    check(world, 1)
    with pytest.raises(AssertionError):
        check(world, 2)
