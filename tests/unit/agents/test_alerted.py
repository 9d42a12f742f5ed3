"""Who takes the prices that stage surveil warns of is classed by it, from quotes to the bettor's risk."""

import pytest

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.mark import MarkBets
from agents.profile import Profile
from agents.surveil import Surveil
from schemas import Alert, BettorRisk, Mark
from streams.topics import ALERTS, BETTORS, MARKS
from tests.unit.agents.pipeline import START_MS, Pipeline


@pytest.fixture
def pipeline() -> Pipeline:
    stages = [Compile(["north"]), Assess(), Book(["north"]), Surveil(["north"]), MarkBets(), Profile()]
    pipeline = Pipeline(stages)
    pipeline.open_market(prices={"home": 2.5, "draw": 3.3, "away": 2.9})
    return pipeline


def an_arbitrage(pipeline: Pipeline, at_ms: int) -> None:
    """A book whose home price is beyond what the others leave."""
    pipeline.quote("high", {"home": 2.9, "draw": 3.2, "away": 2.5}, at_ms=at_ms)


def test_alerts_say_where_each_leg_can_be_had(pipeline):
    an_arbitrage(pipeline, START_MS + 30_000)
    pipeline.run()
    alert = next(each for each in pipeline.read(ALERTS, Alert) if each.kind == "arbitrage")
    assert [(leg.market, leg.outcome, leg.book, leg.price) for leg in alert.legs] == [
        ("1x2", "home", "high", 2.9),
        ("1x2", "draw", "book3", 3.3),
        ("1x2", "away", "book3", 2.9),
    ]
    assert sum(leg.stake for leg in alert.legs) == pytest.approx(1.0)


def alert(alert_id: str, kind: str, at_ms: int, **more: object) -> Alert:
    leg = {"market": "1x2", "outcome": "home", "book": "north", "price": 1.8, "stake": 0.5}
    fields = {
        "alert_id": alert_id,
        "kind": kind,
        "subject": "match",
        "market": "1x2",
        "operator": "north",
        "text": "",
        "figures": {},
        "event_time_ms": at_ms,
        "opened_at_ms": START_MS + 20_000,
        "legs": [leg],
    }
    return Alert.model_validate({**fields, **more})


def marks_of(pipeline: Pipeline, *alerts: Alert, price: float = 1.8) -> list[Mark]:
    for each in alerts:
        pipeline.put(ALERTS, each.subject, each, at_ms=each.event_time_ms)
    pipeline.bet(at_ms=START_MS + 60_000, price=price)
    pipeline.heartbeat(START_MS + 500_000)
    pipeline.run()
    return pipeline.read(MARKS, Mark)


def test_a_bet_on_a_leg_of_an_arbitrage_that_stands_is_told_at_one_of_its_marks(pipeline):
    marks = marks_of(pipeline, alert("a1", "own_arbitrage", START_MS + 21_000))
    assert [mark.arbitrage_alert for mark in marks] == ["a1", None, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"operator": "south"},
        {"opened_at_ms": START_MS + 61_000, "event_time_ms": START_MS + 61_000},
        {"legs": [{"market": "1x2", "outcome": "away", "book": "north", "price": 1.8, "stake": 0.5}]},
        {"legs": [{"market": "1x2", "outcome": "home", "book": "x", "price": 9.0, "stake": 0.5}]},
        {"kind": "own_middle"},
    ],
    ids=["another operator's", "later", "another selection", "a better price elsewhere", "a middle"],
)
def test_other_alerts_say_nothing_of_a_bet(pipeline, changes):
    given = alert("a1", "own_arbitrage", START_MS + 21_000).model_dump() | changes
    marks = marks_of(pipeline, Alert.model_validate(given))
    assert [mark.arbitrage_alert for mark in marks] == [None] * 3


def test_an_arbitrage_that_was_over_before_the_bet_says_nothing_of_it(pipeline):
    over = alert("a1:ended", "own_arbitrage_ended", START_MS + 50_000, ended_at_ms=START_MS + 50_000, legs=[])
    marks = marks_of(pipeline, alert("a1", "own_arbitrage", START_MS + 21_000), over)
    assert [mark.arbitrage_alert for mark in marks] == [None] * 3


def test_one_that_ended_after_the_bet_and_is_told_of_late_counts(pipeline):
    over = alert("a1:ended", "own_arbitrage_ended", START_MS + 65_000, ended_at_ms=START_MS + 65_000, legs=[])
    late = alert("a1", "own_arbitrage", START_MS + 64_000)
    assert marks_of(pipeline, late, over)[0].arbitrage_alert == "a1"


def test_who_repeatedly_takes_prices_that_were_warned_of_is_an_arbitrageur():
    pipeline = Pipeline([Profile(None)])
    pipeline.operator(treatments={"arbitrageur": {"factor": 0.1}})
    for n in range(6):
        mark = {
            "operator": "north",
            "bettor": "ann",
            "bet_id": f"b{n}",
            "event_id": f"match-{n}",
            "market": "1x2",
            "outcome": "home",
            "horizon": "10s",
            "price": 2.0,
            "probability": 0.5,
            "clv": 0.0,
            "fair_sequence": 1,
            "stake": 1_000,
            "event_time_ms": START_MS + n * 60_000 + 10_000,
            "placed_at_ms": START_MS + n * 60_000,
            "arbitrage_alert": f"a{n}",
        }
        pipeline.put(MARKS, "north|ann", Mark.model_validate(mark), at_ms=mark["event_time_ms"])
    pipeline.run()
    risk = pipeline.read(BETTORS, BettorRisk)[-1]
    assert risk.factor == 0.1
    assert "takes prices that are an arbitrage with others in 6 of 6 bets" in risk.reasons
