"""Stages assess and book: a bet is decided once, with its reasons, and the book holds what was accepted."""

import pytest

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.shared_use import BOOK
from schemas import Decision, Exposure
from streams.topics import BETS, DECISIONS, EXPOSURE
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, WALL_MS, Pipeline

BET_MS = START_MS + 60_000


@pytest.fixture
def pipeline() -> Pipeline:
    pipeline = Pipeline([Compile(["north"]), Assess(), Book(["north"])])
    pipeline.open_market()
    return pipeline


def decisions(pipeline: Pipeline) -> list[Decision]:
    return pipeline.read(DECISIONS, Decision)


def test_a_bet_at_the_standing_price_is_accepted_and_says_what_it_stood_on(pipeline):
    pipeline.run()
    price = pipeline.offers()[-1]
    pipeline.bet(price=price.prices["home"], stake=1_000)
    pipeline.run()
    (decision,) = decisions(pipeline)
    assert decision.decision == "accepted"
    assert decision.reasons == []
    assert decision.stake == 1_000
    assert decision.payout == round(1_000 * price.prices["home"])
    assert decision.stood_on.price_sequence == price.sequence
    assert decision.stood_on.settings_version == 1
    assert decision.stood_on.exposure_version == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"operator": "nobody"}, "unknown_operator"),
        ({"event_id": "other"}, "unknown_event"),
        ({"market": "ou:2.5"}, "unknown_market"),
        ({"outcome": "nobody"}, "unknown_outcome"),
        ({"stake": -5}, "invalid_stake"),
        ({"stake": 0}, "invalid_stake"),
        ({"price": 1.0}, "invalid_price"),
        ({"price": 9.0}, "price_moved"),
        ({"at_ms": WALL_MS + 60_000}, "future_bet"),
        ({"at_ms": KICK_OFF_MS + 1}, "event_started"),
    ],
)
def test_a_bet_that_cannot_be_taken_is_rejected_with_its_reason(pipeline, changes, reason):
    pipeline.run()
    pipeline.bet(**changes)
    pipeline.run()
    (decision,) = decisions(pipeline)
    assert decision.decision == "rejected"
    assert reason in decision.reasons
    assert decision.stake == decision.payout == 0


def test_a_stake_beyond_the_limit_gets_the_largest_that_fits_as_alternative(pipeline):
    pipeline.operator(version=2, max_stake=5_000, at_ms=START_MS + 30_000)
    pipeline.bet(stake=20_000)
    pipeline.run()
    (decision,) = decisions(pipeline)
    assert (decision.decision, decision.stake, decision.reasons) == ("alternative", 5_000, ["max_stake"])


def test_a_bet_on_one_event_twice_is_rejected_as_related(pipeline):
    pipeline.run()
    leg = {"event_id": "match", "market": "1x2", "outcome": "home", "price": 1.5}
    bet = {"operator": "north", "bettor": "ann", "bet_id": "m", "legs": [leg, leg], "stake": 100}
    pipeline.put_json(BETS, "north|ann", {**bet, "event_time_ms": BET_MS}, at_ms=BET_MS)
    pipeline.run()
    (decision,) = decisions(pipeline)
    assert decision.decision == "rejected"
    assert decision.reasons == ["related_contingency"]


def test_the_same_bet_twice_is_decided_once_and_answered_twice(pipeline):
    pipeline.bet(at_ms=BET_MS)
    pipeline.bet(at_ms=BET_MS + 5_000)
    pipeline.run()
    first, second = decisions(pipeline)
    assert first == second
    assert [e.version for e in pipeline.read(EXPOSURE, Exposure)] == [1]


def test_exposure_is_the_sum_of_the_accepted_bets(pipeline):
    for n in range(10):
        outcome = ("home", "draw", "away")[n % 3]
        pipeline.bet(f"b{n}", bettor=f"x{n}", stake=100 * (n + 1), outcome=outcome, at_ms=BET_MS + n)
    pipeline.run()
    accepted = [d for d in decisions(pipeline) if d.decision == "accepted"]
    last = pipeline.read(EXPOSURE, Exposure)[-1]
    assert last.version == len(accepted) == 10
    assert last.markets["1x2"].stakes == sum(d.stake for d in accepted)
    for outcome, payout in last.markets["1x2"].payouts.items():
        assert payout == sum(d.payout for d in accepted if d.outcome == outcome)
    (raw,) = [v for k, v in pipeline.replay.table("book").items() if k.startswith(b"book/")]
    assert BOOK.load(raw).worst_case() == last.worst_case


def test_the_worst_case_stays_within_the_event_limit_whatever_comes(pipeline):
    pipeline.operator(version=2, market_limit=20_000, event_limit=20_000, at_ms=START_MS + 30_000)
    for n in range(40):
        pipeline.bet(f"b{n}", bettor=f"x{n}", stake=3_000, at_ms=BET_MS + n)
    pipeline.run()
    assert {d.decision for d in decisions(pipeline)} >= {"accepted", "alternative"}
    assert max(e.worst_case for e in pipeline.read(EXPOSURE, Exposure)) <= 20_000


def test_exposure_moves_the_price_of_an_operator_with_a_skew():
    pipeline = Pipeline([Compile(["north"]), Assess(), Book(["north"])])
    pipeline.open_market()
    pipeline.operator(version=2, skew=2e-6, at_ms=START_MS + 30_000)
    pipeline.run()
    before = pipeline.offers()[-1]
    for n in range(5):
        pipeline.bet(f"b{n}", bettor=f"x{n}", stake=10_000, at_ms=BET_MS + n)
    pipeline.heartbeat(BET_MS + 10_000)
    pipeline.run()
    after = pipeline.offers()[-1]
    assert after.prices["home"] < before.prices["home"]
    assert after.prices["away"] > before.prices["away"]
    assert after.exposure_version == 5
    assert after.fair_sequence == before.fair_sequence


def test_a_suspended_market_takes_no_bet(pipeline):
    pipeline.command("suspend", event_id="match", at_ms=START_MS + 30_000)
    pipeline.bet()
    pipeline.run()
    assert decisions(pipeline)[0].reasons == ["suspended"]


@pytest.fixture
def in_play() -> Pipeline:
    """A match under way whose market is open, at an operator that lets bets wait for five seconds."""
    pipeline = Pipeline([Assess(), Book(["north"])])
    pipeline.fixture()
    pipeline.operator(in_play=True, live_delay_ms=5_000, limits={"live": {"max_stake": 500}})
    pipeline.offer("match", {"home": 2.0, "draw": 3.4, "away": 4.2})
    return pipeline


def test_a_bet_in_play_waits_and_is_decided_once_by_what_stands_then(in_play):
    at_ms = KICK_OFF_MS + 60_000
    in_play.heartbeat(at_ms)
    in_play.bet("stays", price=2.0, stake=400, at_ms=at_ms)
    in_play.bet("stays", price=2.0, stake=400, at_ms=at_ms + 1_000)
    in_play.heartbeat(at_ms + 4_000)
    in_play.run()
    assert decisions(in_play) == []
    in_play.offer("match", {"home": 1.5, "draw": 4.4, "away": 7.0}, sequence=2, event_time_ms=at_ms + 5_500)
    in_play.run()
    in_play.heartbeat(at_ms + 6_000)
    in_play.run()
    (decision,) = decisions(in_play)
    assert (decision.decision, decision.reasons) == ("rejected", ["price_moved"])
    assert decision.stood_on.price_sequence == 2
    in_play.bet("stays", price=2.0, stake=400, at_ms=at_ms + 9_000)
    in_play.run()
    assert decisions(in_play)[1:] == [decision]


def test_live_limits_are_apart_from_those_before_the_start(in_play):
    in_play.bet("before", price=2.0, stake=900, at_ms=KICK_OFF_MS - 1)
    in_play.bet("live", price=2.0, stake=900, at_ms=KICK_OFF_MS + 1)
    in_play.heartbeat(KICK_OFF_MS + 10_000)
    in_play.run()
    before, live = decisions(in_play)
    assert (before.decision, before.reasons) == ("accepted", [])
    assert (live.decision, live.stake, live.reasons) == ("alternative", 500, ["max_stake"])
    assert (live.stood_on.sport, live.stood_on.competition) == ("soccer", "cup")


def test_the_platforms_limits_hold_for_every_operator(pipeline):
    pipeline.operator("platform", version=9, limits={"sport:soccer": {"max_stake": 300}})
    pipeline.bet(stake=900)
    pipeline.run()
    (decision,) = decisions(pipeline)
    assert (decision.decision, decision.stake) == ("alternative", 300)
    assert decision.stood_on.platform_version == 9
