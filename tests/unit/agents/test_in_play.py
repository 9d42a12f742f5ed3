"""Prices in play: offered while match and market are known to be new, through compile, derive and book."""

import pytest

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.derive import Derive
from domain.derivation import DeriveConfig
from schemas import Decision, MarginProfile
from streams.topics import DECISIONS
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

BEFORE = {"home": 2.1, "draw": 3.4, "away": 3.7}
AHEAD = {"home": 1.4, "draw": 4.8, "away": 9.0}
TOTAL = {"over": 1.9, "under": 2.0}
MINUTE_MS = 60_000


def second(n: float) -> int:
    return KICK_OFF_MS + round(n * 1000)


class Match(Pipeline):
    """A match that is offered in play by ``north``, and by ``south`` until it starts."""

    def __init__(self, **settings: object) -> None:
        super().__init__(
            [Assess(), Compile(["north", "south"]), Derive(DeriveConfig({"soccer": ["dc"]})), Book(["north"])]
        )
        self.fixture()
        live = {"in_play": True, "live_delay_ms": 5_000, "live_pause_s": 30.0, "live_fresh_s": 90.0}
        self.operator(**{**live, **settings})
        self.operator("south")
        self.books(START_MS + 1_000)
        self.run()

    def books(self, at_ms, result=BEFORE, total=TOTAL, books=4):
        for n in range(books):
            self.quote(f"book{n}", result, at_ms=at_ms + n)
            self.quote(f"book{n}", total, market="ou:2.5", at_ms=at_ms + n)

    def state(self, at_s, home=0, away=0, **more):
        more = {"clock_s": round(at_s), **more}
        self.result("match", "live", at_ms=second(at_s), home_score=home, away_score=away, **more)
        self.heartbeat(second(at_s))

    def suspended(self, operator="north"):
        self.run()
        return {offer.market: offer.suspended for offer in self.offers(operator)}

    def kick_off(self):
        """Played from the first second, with quotes that are shown again; open after the pause."""
        self.state(1)
        self.books(second(2))
        self.state(31.5)


@pytest.fixture
def match() -> Match:
    return Match()


def all_markets(reason):
    return dict.fromkeys(("1x2", "ou:2.5", "dc"), reason)


def test_quoted_and_derived_markets_stay_open_for_who_offers_in_play_and_for_nobody_else(match):
    match.heartbeat(second(0))
    assert match.suspended() == all_markets("started")  # nobody has said how it stands
    match.kick_off()
    assert match.suspended() == all_markets(None)
    assert match.suspended("south") == all_markets("started")
    assert match.audited("north", "south")["offered"] > 10


@pytest.mark.parametrize("change", [{"home": 1}, {"away_reds": 1}])
def test_a_goal_or_a_red_card_suspends_until_the_pause_is_over_and_prices_know_of_it(match, change):
    match.kick_off()
    match.run()
    match.state(60, **change)
    assert match.suspended() == all_markets("score")
    match.books(second(70), AHEAD)
    match.heartbeat(second(89.9))
    assert match.suspended() == all_markets("score")
    match.heartbeat(second(90))
    assert match.suspended() == all_markets(None)
    match.audited("north", "south")


def test_a_book_that_still_shows_its_price_from_before_a_goal_keeps_the_market_closed(match):
    match.kick_off()
    match.state(60, away_reds=1)
    moved = {"home": 2.08, "draw": 3.4, "away": 3.8}  # by so little that book3 stands out to nobody
    match.books(second(70), moved, books=3)
    match.state(100, away_reds=1)
    suspended = match.suspended()
    assert (suspended["1x2"], suspended["dc"]) == ("score", None)
    match.quote("book3", moved, at_ms=second(101))
    match.state(102, away_reds=1)
    assert match.suspended()["1x2"] is None
    match.audited("north", "south")


def test_a_goal_that_is_taken_back_is_a_change_too(match):
    match.kick_off()
    match.state(60, home=1)
    match.state(80)
    match.books(second(81))
    match.heartbeat(second(109))
    assert match.suspended() == all_markets("score")
    match.heartbeat(second(110))
    assert match.suspended() == all_markets(None)


def test_when_the_match_is_not_heard_of_all_its_markets_close(match):
    match.kick_off()
    match.books(second(100))
    match.heartbeat(second(31.5 + 89.9))
    assert match.suspended() == all_markets(None)
    match.heartbeat(second(31.5 + 90))
    assert match.suspended() == all_markets("stale")
    match.state(123)
    assert match.suspended() == all_markets(None)
    match.audited("north", "south")


def test_when_its_books_say_nothing_a_quoted_market_closes_and_a_derived_one_does_not(match):
    match.kick_off()
    match.state(80)
    match.state(100)
    assert match.suspended() == {"1x2": "stale", "ou:2.5": "stale", "dc": None}


def test_timers_in_play_survive_a_restart(match):
    match.kick_off()
    match.run()
    for state in match.replay.states():
        state.roll_back()
    match.heartbeat(second(130))
    assert match.suspended() == all_markets("stale")


def test_an_old_message_about_the_match_changes_nothing_and_its_end_closes_it(match):
    match.kick_off()
    match.state(60, home=1)
    match.run()
    match.state(59)
    match.books(second(62), AHEAD)
    match.state(100, home=1)
    assert match.suspended() == all_markets(None)
    match.result("match", at_ms=second(5400), home_score=1, away_score=0)
    assert match.suspended() == all_markets("finished")
    match.result("match", "rollback", at_ms=second(5500))
    assert match.suspended() == all_markets("started")


def test_the_margin_in_play_is_its_own():
    profile = MarginProfile(overround=1.04, min_books=3, dynamic={"live": 2.0})
    match = Match(margins={"default": profile})
    before = match.offers()[-1]
    match.kick_off()
    match.run()
    live = match.offers()[-1]
    assert before.target_overround == pytest.approx(1.04)
    assert live.target_overround == pytest.approx(1.08)
    assert live.overround > before.overround
    match.audited("north", "south")


def test_a_bet_in_play_waits_and_is_refused_where_a_goal_falls_meanwhile(match):
    match.kick_off()
    match.run()
    price = next(offer for offer in reversed(match.offers()) if offer.market == "1x2").prices["home"]
    match.bet("good", price=price, at_ms=second(40))
    match.heartbeat(second(46))
    match.run()
    match.bet("late", price=price, at_ms=second(58))
    match.run()
    match.state(60, away=1)
    match.heartbeat(second(64))
    match.run()
    good, late = match.read(DECISIONS, Decision)
    assert (good.bet_id, good.decision, good.price) == ("good", "accepted", price)
    assert (late.bet_id, late.decision, late.reasons) == ("late", "rejected", ["suspended"])
    assert match.audited("north", "south")["decision"] == 2
