"""Bets of several legs in play: each leg's event waits, looks at its price again, and then answers."""

import pytest

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.derive import Derive
from domain.derivation import SCORES, DeriveConfig
from schemas import Decision, Exposure
from streams.topics import DECISIONS, EXPOSURE
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

EVENTS = ("match", "other", "later")
PRICES = {"home": 2.0, "draw": 3.4, "away": 4.2}
LEGS = [("match", "1x2", "home", 2.0), ("other", "1x2", "draw", 3.4), ("later", "1x2", "away", 4.2)]
PLACED_MS = KICK_OFF_MS + 600_000
LIVE = {"in_play": True, "live_delay_ms": 5_000, "limits": {"live": {"market_limit": 4_000}}}


class Evening(Pipeline):
    """Two matches under way and one to come."""

    def __init__(self, **settings: object) -> None:
        super().__init__([Assess(), Book(["north"])])
        self.operator(**{**LIVE, **settings})
        for event in EVENTS:
            self.fixture(event, starts_at_ms=KICK_OFF_MS + (7_200_000 if event == "later" else 0))
            self.offer(event, PRICES)
        self.heartbeat(PLACED_MS)

    def treble(self, bet_id: str = "c1", legs=LEGS, **changes):
        self.combined(legs, bet_id, at_ms=PLACED_MS, **changes)
        self.run()

    def after(self, milliseconds: int) -> list[Decision]:
        self.heartbeat(PLACED_MS + milliseconds)
        self.run()
        return self.read(DECISIONS, Decision)

    def held(self) -> dict[str, int]:
        last = {each.event_id: each for each in self.read(EXPOSURE, Exposure)}
        return {
            event: sum(market.stakes for market in exposure.markets.values())
            for event, exposure in last.items()
        }


@pytest.fixture
def evening() -> Evening:
    return Evening()


def test_a_treble_with_legs_in_play_waits_for_them_and_is_decided_once(evening):
    evening.treble()
    evening.treble()  # sent again while it waits
    assert evening.after(4_900) == []
    assert evening.held() == {"later": 0}  # would win 3,200, but its stake may go away
    (decision,) = evening.after(5_000)
    assert (decision.decision, decision.reasons) == ("accepted", [])
    assert evening.held() == dict.fromkeys(EVENTS, 1_000)
    assert len(evening.after(60_000)) == 1
    assert evening.audited(gone={"offered"})["combined"] == 1


def test_a_price_that_moves_while_a_leg_waits_is_what_the_leg_is_checked_against(evening):
    evening.treble()
    evening.offer("other", {"home": 3.0, "draw": 2.4, "away": 4.2}, sequence=2)
    (decision,) = evening.after(5_000)
    assert (decision.decision, decision.reasons) == ("rejected", ["price_moved"])
    assert decision.legs[1].stood_on.price == 2.4
    assert not any(evening.held().values())


def test_a_market_that_is_suspended_while_a_leg_waits_refuses_the_bet(evening):
    evening.treble()
    evening.offer("match", PRICES, sequence=2, suspended="score")
    (decision,) = evening.after(5_000)
    assert "suspended" in decision.reasons
    assert not any(evening.held().values())


def test_limits_in_play_apply_to_the_legs_in_play_alone(evening):
    evening.treble(stake=2_000)
    (decision,) = evening.after(5_000)
    # 3.4 wins 2.4 a unit, of 4,000 at the most; the leg that has not started has the whole limit
    assert (decision.decision, decision.reasons, decision.stake) == ("alternative", ["market_limit"], 1_667)
    limits = {figure.leg: figure.limit for figure in decision.rules if figure.rule == "market_limit"}
    assert limits[0] == limits[1] == 4_000 < limits[2]


@pytest.mark.parametrize("delay_ms", [5_000, 0])
def test_an_operator_that_is_not_in_play_refuses_at_once(delay_ms):
    evening = Evening(in_play=False, live_delay_ms=delay_ms)
    evening.treble()
    (decision,) = evening.read(DECISIONS, Decision)
    assert decision.reasons == ["event_started"]
    refused = [f.leg for f in decision.rules if f.rule == "event_started" and not f.passed]
    assert refused == [0, 1]


def test_time_that_runs_out_counts_from_the_end_of_the_delay():
    evening = Evening(reservation_s=2.0)
    evening.treble()
    (decision,) = evening.after(5_000)
    assert decision.decision == "accepted"


def test_what_waits_survives_a_restart(evening):
    evening.treble()
    for state in evening.replay.states():
        state.roll_back()
    (decision,) = evening.after(5_000)
    assert decision.decision == "accepted"


class Game(Pipeline):
    """A match under way with its measure, and books that quote it."""

    def __init__(self) -> None:
        config = DeriveConfig({"soccer": ["btts", SCORES]})
        super().__init__([Assess(), Compile(["north"]), Derive(config), Book(["north"])])
        self.fixture()
        self.operator(in_play=True, same_game=True, live_delay_ms=5_000, live_pause_s=10.0)
        self.books(START_MS + 1_000)
        self.state(1)
        self.books(KICK_OFF_MS + 2_000)
        self.state(12)
        self.run()

    def books(self, at_ms: int) -> None:
        for n in range(4):
            self.quote(f"book{n}", {"home": 2.1, "draw": 3.4, "away": 3.7}, at_ms=at_ms + n)
            self.quote(f"book{n}", {"over": 1.9, "under": 2.0}, market="ou:2.5", at_ms=at_ms + n)

    def state(self, at_s: int, home: int = 0) -> None:
        at_ms = KICK_OFF_MS + 1_000 * at_s
        self.result("match", "live", at_ms=at_ms, home_score=home, away_score=0, clock_s=at_s)
        self.heartbeat(at_ms)

    def both(self, bet_id: str, at_s: int, price: float | None) -> None:
        legs = [("match", "1x2", "home", 2.0), ("match", "ou:2.5", "over", 1.9)]
        self.combined(legs, bet_id, at_ms=KICK_OFF_MS + 1_000 * at_s, kind="same_game", price=price)

    def decided(self) -> Decision:
        self.run()
        return self.read(DECISIONS, Decision)[-1]

    def asked(self) -> float:
        """What the two legs come to 13 s into the match."""
        self.both("ask", 13, None)
        self.heartbeat(KICK_OFF_MS + 18_000)
        return self.decided().price


def test_a_same_game_multiple_in_play_waits_and_is_priced_from_the_measure_of_then():
    game = Game()
    price = game.asked()
    game.both("taken", 19, price)
    game.run()
    assert len(game.read(DECISIONS, Decision)) == 1
    game.state(24)
    decision = game.decided()
    assert (decision.bet_id, decision.decision, decision.price) == ("taken", "accepted", price)
    assert game.audited()["decision"] == 2


def test_a_goal_while_a_same_game_multiple_waits_refuses_it():
    game = Game()
    price = game.asked()
    game.both("late", 19, price)
    game.state(21, home=1)
    game.state(25, home=1)
    decision = game.decided()
    assert decision.bet_id == "late"
    assert "suspended" in decision.reasons
    assert game.audited()["decision"] == 2
