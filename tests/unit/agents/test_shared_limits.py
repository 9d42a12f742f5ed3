"""Limits that many events share: kept together over partitions, in any order, with repeats and crashes."""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.allotting import ALLOTTED
from agents.assess import Assess
from agents.book import Book
from agents.shared_use import BOOK
from overround.audit import Archive
from schemas import (
    Bet,
    Decision,
    OperatorCommand,
    OperatorProfile,
    Result,
)
from streams.partitions import partition_of
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox
from streams.state import DictStore, State
from streams.topics import (
    ALLOTMENTS,
    BETS,
    COMMANDS,
    DECISIONS,
    FIXTURES,
    RESULTS,
    USES,
    offered,
)
from tests.open_market import PRICES, fixture, price
from tests.unit.agents.pipeline import START_MS, Pipeline

NOW_MS = 1_750_000_000_000
PARTITIONS = 3
EVENTS = [f"e{n}" for n in range(6)]
SPORTS = dict(zip(EVENTS, ["soccer", "tennis"] * 3, strict=True))
TOTAL, SPORT, PLATFORM = 30_000, 18_000, 45_000
ROOM = {"market_limit": 10**9, "event_limit": 10**9, "max_stake": 10**9, "max_payout": 10**9}


class World:
    """Bettors' and events' partitions of two stages, and messages on their way to them."""

    def __init__(self):
        self.stages = {"assess": Assess(), "book": Book(["north", "south"])}
        self.stores = {(name, p): DictStore() for name in self.stages for p in range(PARTITIONS)}
        self.states = {key: State(store) for key, store in self.stores.items()}
        self.waiting, self.delivered = [], []
        self.out = defaultdict(list)
        for operator in ("north", "south", "platform"):
            totals = {"all": TOTAL, "sport:soccer": SPORT}
            if operator == "platform":
                totals = {"all": PLATFORM}
            profile = OperatorProfile(operator=operator, version=1, totals=totals, **ROOM)
            command = OperatorCommand(
                operator=operator,
                command_id="p",
                kind="profile",
                issued_by="t",
                event_time_ms=0,
                profile=profile,
            )
            self.tell(COMMANDS.name, command, range(PARTITIONS))
        for event in EVENTS:
            self.tell(
                FIXTURES.name,
                fixture(event, NOW_MS + 10**7, SPORTS[event]),
                [partition_of(event, PARTITIONS)],
            )
            for operator in ("north", "south"):
                self.tell(offered(operator).name, price(operator, event), [partition_of(event, PARTITIONS)])
        while self.waiting:
            self.deliver(0)

    def tell(self, topic, message, partitions):
        for partition in partitions:
            self._send(topic, partition, message.model_dump_json().encode())

    def bet(self, number, operator, legs, stake):
        bet = Bet.model_validate(
            {
                "operator": operator,
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
        self.tell(BETS.name, bet, [partition_of(f"{operator}|{bet.bettor}", PARTITIONS)])

    def result(self, event, at_ms, **said):
        result = Result.model_validate({"event_id": event, "event_time_ms": at_ms, **said})
        self.tell(RESULTS.name, result, [partition_of(event, PARTITIONS)])

    def _send(self, topic, partition, value):
        self.out[topic].append(value)
        for name, stage in self.stages.items():
            if topic in stage.inputs():
                self.waiting.append((name, topic, partition, value))

    def deliver(self, index, crash=""):
        self._process(self.waiting.pop(index % len(self.waiting)), crash)

    def again(self, index):
        between = [each for each in self.delivered if each[1] in (ALLOTMENTS.name, USES.name)]
        if between:
            self._process(between[index % len(between)], "")

    def _process(self, what, crash):
        key = what[0], what[2]
        if crash == "before":
            self._run(what)
            self.states[key] = State(self.stores[key])
        out = self._run(what)
        self.stores[key].apply(self.states[key].take_changes())
        if crash == "after":
            self.states[key] = State(self.stores[key])
        self.delivered.append(what)
        for output in out.outputs:
            self._send(output.topic, output.partition, output.value)

    def _run(self, what):
        name, topic, partition, value = what
        out = Outbox(PARTITIONS)
        record = PlainRecord(topic, partition, 0, NOW_MS, b"", value)
        self.stages[name].process(Chunk(topic, partition, [record]), self.states[name, partition], out)
        assert not out.rejected
        return out

    def losses(self):
        """The worst cases of all books by operator, and those of soccer alone."""
        found = dict.fromkeys(
            [(o, s) for o in ("north", "south", "platform") for s in ("all", "sport:soccer")], 0
        )
        for p in range(PARTITIONS):
            for key, book in State(self.stores["book", p]).items(BOOK):
                event, operator = key.split("|")
                for holder in (operator, "platform"):
                    found[holder, "all"] += book.worst_case()
                    if SPORTS[event] == "soccer":
                        found[holder, "sport:soccer"] += book.worst_case()
        return found

    def decisions(self):
        found = [Decision.model_validate_json(value) for value in self.out[DECISIONS.name]]
        return {each.bet_id: each for each in found}


def within_limits(world):
    losses = world.losses()
    for operator in ("north", "south"):
        assert losses[operator, "all"] <= TOTAL
        assert losses[operator, "sport:soccer"] <= SPORT
    assert losses["platform", "all"] <= PLATFORM


bets = st.tuples(
    st.sampled_from(["north", "south"]),
    st.lists(
        st.tuples(st.sampled_from(EVENTS), st.sampled_from(sorted(PRICES))),
        min_size=1,
        max_size=2,
        unique_by=lambda leg: leg[0],
    ),
    st.integers(1_000, 9_000),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wanted=st.lists(bets, min_size=2, max_size=12), over=st.sampled_from(EVENTS), data=st.data())
def test_no_accepted_bet_goes_beyond_a_limit_in_any_order_with_repeats_and_crashes(wanted, over, data):
    world = World()
    for number, (operator, legs, stake) in enumerate(wanted):
        world.bet(number, operator, legs, stake)
    steps = 0
    while world.waiting:
        step = data.draw(st.integers(0, 30))
        world.deliver(step, ("", "before", "after")[step % 3])
        if step % 7 == 0 and steps < 60:
            world.again(step)
        if steps == 12:
            world.result(over, NOW_MS + 1, status="void")
        steps += 1
        within_limits(world)
    assert len(world.decisions()) == len(wanted)


def test_the_whole_limit_can_be_used_on_one_event_and_then_no_more():
    world = World()
    tries = 0
    while world.losses()["north", "all"] < TOTAL and tries < 60:
        world.bet(tries, "north", [("e1", "home")], 1_000)
        while world.waiting:
            world.deliver(0)
        tries += 1
    assert world.losses()["north", "all"] == TOTAL
    assert tries < 36  # a few bets came before the amounts that they needed
    world.bet(99, "north", [("e3", "home")], 1_000)
    world.bet(98, "south", [("e3", "home")], 1_000)
    while world.waiting:
        world.deliver(0)
    assert world.decisions()["b99"].reasons == ["operator_limit"]
    assert world.decisions()["b98"].decision == "accepted"


def test_what_a_settled_event_frees_can_be_lost_on_another():
    world = World()

    def bet(number, event):
        world.bet(number, "north", [(event, "home")], 5_000)
        while world.waiting:
            world.deliver(0)
        return world.decisions()[f"b{number}"].decision == "accepted"

    assert sum(bet(number, "e1") for number in range(10)) == TOTAL // 5_000
    assert not bet(20, "e3")
    world.result("e1", NOW_MS + 1, status="final", home_score=0, away_score=1)
    while world.waiting:
        world.deliver(0)
    assert sum(bet(number, "e3") for number in range(30, 40)) == TOTAL // 5_000


def the_pipeline(**totals) -> Pipeline:
    pipeline = Pipeline([Assess(), Book(["north"])])
    pipeline.operator(totals=totals, **ROOM)
    for event in ("match", "other", "third"):
        pipeline.fixture(event)
        pipeline.offer(event, PRICES)
    pipeline.run()
    return pipeline


@pytest.mark.parametrize(
    ("scope", "reason"),
    [("all", "operator_limit"), ("sport:soccer", "sport_limit"), ("competition:cup", "competition_limit")],
)
def test_a_bet_beyond_its_partitions_amount_gets_the_stake_that_fits_and_recomputes(scope, reason):
    pipeline = the_pipeline(**{scope: 10_000, "sport:tennis": 1})
    pipeline.bet(price=2.0, stake=50_000)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    (room,) = decision.stood_on.shared
    assert (decision.decision, decision.reasons) == ("alternative", [reason])
    assert (room.scope, room.used, decision.stake) == (scope, 0, room.allotted)
    pipeline.bet("b2", price=2.0, stake=10_000, at_ms=START_MS + 61_000)  # more was asked for meanwhile
    pipeline.run()
    assert pipeline.read(DECISIONS, Decision)[-1].decision == "accepted"
    archive = Archive(["north"])
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    found = archive.audit()
    assert (found.differences, found.agreed["decision"]) == ([], 2)


def test_a_leg_of_a_combined_bet_counts_too():
    pipeline = the_pipeline(all=4_000)
    pipeline.combined([("match", "1x2", "home", 2.0), ("other", "1x2", "home", 2.0)], stake=9_000)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert (decision.decision, decision.reasons) == ("alternative", ["operator_limit"])


def test_without_such_limits_decisions_say_nothing_of_them_and_nothing_is_dealt():
    pipeline = the_pipeline()
    pipeline.bet(price=2.0)
    pipeline.run()
    (decision,) = pipeline.read(DECISIONS, Decision)
    assert decision.stood_on.shared == []
    assert not {"operator_limit", "platform_limit"} & {figure.rule for figure in decision.rules}
    assert pipeline.replay.topic(ALLOTMENTS.name) == []


def test_a_limit_that_was_lifted_binds_no_longer_and_a_new_one_does():
    pipeline = the_pipeline(all=1_000)
    pipeline.operator(version=2, at_ms=START_MS + 10, **ROOM)
    pipeline.bet(price=2.0, stake=5_000)
    pipeline.run()
    pipeline.operator(version=3, at_ms=START_MS + 70_000, totals={"all": 6_000}, **ROOM)
    pipeline.bet("b2", price=2.0, stake=5_000, at_ms=START_MS + 80_000)
    pipeline.run()
    first, second = pipeline.read(DECISIONS, Decision)
    assert first.decision == "accepted"
    assert second.reasons == ["operator_limit"]
    assert second.stake <= 1_000


def test_amounts_survive_as_values_and_are_told_per_partition():
    world = World()
    for p in range(PARTITIONS):
        amounts = dict(State(world.stores["book", p]).items(ALLOTTED))
        assert amounts["north|all"].amount == TOTAL // PARTITIONS
        assert amounts["north|all"].version == 1
