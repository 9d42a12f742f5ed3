"""Same-game multiples: priced jointly from the event's measure, held on one leg, settled by grades."""

from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.derive import Derive
from domain.derivation import SCORES, DeriveConfig
from domain.settlement import grade_of
from domain.states import FOOTBALL, Measure
from schemas import Decision, Exposure, FairPrice, Result, Settlement
from streams.topics import DECISIONS, DERIVED, EXPOSURE, FAIR, SETTLED
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

RESULT = {"home": 2.1, "draw": 3.4, "away": 3.7}
TOTAL = {"over": 1.9, "under": 2.0}
HOME_AND_OVER = (("1x2", "home"), ("ou:2.5", "over"))
ROOM = {"max_stake": 1_000_000, "market_limit": 10**9, "event_limit": 10**9, "max_payout": 10**9}


class Game(Pipeline):
    """A match with its measure; the prices that a bet asks for are those that were last answered."""

    def __init__(self, *, derived=("dc", "btts", SCORES), **profile):
        config = DeriveConfig({"soccer": list(derived)})
        super().__init__([Assess(), Compile(["north"]), Derive(config), Book(["north"])])
        self.fixture()
        self.operator(**{"same_game": True, **ROOM, **profile})
        for n in range(4):
            self.quote(f"book{n}", RESULT, at_ms=START_MS + 1_000 + n)
            self.quote(f"book{n}", TOTAL, market="ou:2.5", at_ms=START_MS + 1_000 + n)
            self.quote(f"book{n}", TOTAL, market="ou:3", at_ms=START_MS + 1_000 + n)
        self.run()

    def multiple(self, legs, bet_id="g1", *, price=None, **changes):
        named = [("match", market, outcome, 2.0) for market, outcome in legs]
        self.combined(named, bet_id, kind="same_game", price=price, **changes)
        self.run()
        return self.read(DECISIONS, Decision)[-1]

    def price(self, legs, **changes):
        """What an unpriced bet is answered."""
        asked = self.multiple(legs, f"ask-{len(self.read(DECISIONS, Decision))}", **changes)
        assert "invalid_price" in asked.reasons
        return asked.price

    def take(self, legs, bet_id="g1", **changes):
        return self.multiple(legs, bet_id, price=self.price(legs), **changes)

    def prices(self):
        return {offer.market: offer.prices for offer in self.offers()}

    def measure(self):
        told = [fair for fair in self.read(DERIVED, FairPrice) if fair.market == SCORES]
        return Measure.of_scores(FOOTBALL, told[-1].probabilities)

    def worst(self):
        return self.read(EXPOSURE, Exposure)[-1].worst_case


@pytest.fixture
def game() -> Game:
    return Game()


def test_the_price_is_the_product_of_the_legs_times_how_they_depend_on_each_other(game):
    price = game.price(HOME_AND_OVER)
    prices, measure = game.prices(), game.measure()
    single = [prices[market][outcome] for market, outcome in HOME_AND_OVER]
    each = [measure.combination([leg]) for leg in HOME_AND_OVER]
    assert price == pytest.approx(prod(single) * prod(each) / measure.combination(HOME_AND_OVER), abs=0.01)
    assert price < prod(single)  # a home win makes many goals likelier
    assert price * measure.combination(HOME_AND_OVER) < 1.0


def test_a_bet_at_the_price_that_stands_is_accepted_and_held_on_its_longest_leg(game):
    decision = game.take(HOME_AND_OVER, stake=1_000)
    assert decision.decision == "accepted"
    assert decision.payout == pytest.approx(1_000 * decision.price, abs=1)
    assert [len(leg.holds) for leg in decision.legs] == [1, 0]  # home is longer than over
    assert game.worst() == decision.payout - 1_000
    agreed = game.audited()
    assert agreed["decision"] == 2


def test_a_bet_that_asks_for_more_is_told_what_stands(game):
    price = game.price(HOME_AND_OVER)
    more = game.multiple(HOME_AND_OVER, price=price + 0.01)
    assert (more.decision, more.reasons, more.price) == ("rejected", ["price_moved"], price)
    game.audited()


def test_more_is_taken_within_the_operators_tolerance():
    game = Game(price_tolerance=0.02)
    price = game.price(HOME_AND_OVER)
    assert game.multiple(HOME_AND_OVER, price=price * 1.019).decision == "accepted"
    assert game.multiple(HOME_AND_OVER, "g2", price=price * 1.03).reasons == ["price_moved"]


@pytest.mark.parametrize(
    "legs",
    [
        (("1x2", "home"), ("1x2", "away")),  # exclude each other
        (("1x2", "home"), ("ou:3", "over")),  # three goals: refunded
    ],
)
def test_legs_that_cannot_be_priced_together_are_a_related_contingency(game, legs):
    decision = game.multiple(legs, price=5.0)
    assert "related_contingency" in decision.reasons
    assert decision.decision == "rejected"
    game.audited()


def test_an_operator_that_has_not_asked_for_it_takes_none():
    game = Game(same_game=False)
    decision = game.multiple(HOME_AND_OVER, price=3.0)
    assert decision.reasons == ["unknown_kind", "related_contingency"]
    game.audited()


def test_without_a_measure_nothing_stands():
    game = Game(derived=("dc",))
    decision = game.multiple(HOME_AND_OVER, price=3.0)
    assert decision.reasons == ["suspended", "price_moved"]
    game.audited()


def test_a_leg_that_is_not_offered_or_not_open_closes_the_whole(game):
    price = game.price(HOME_AND_OVER)
    unknown = game.multiple((("1x2", "home"), ("ou:9.5", "over")), "g1", price=price)
    assert unknown.reasons == ["unknown_market"]
    game.command("suspend", event_id="match", market="ou:2.5", at_ms=START_MS + 61_000)
    closed = game.multiple(HOME_AND_OVER, "g2", price=price, at_ms=START_MS + 62_000)
    assert closed.reasons == ["suspended"]
    game.audited()


def test_after_the_start_none_is_taken_by_an_operator_that_is_not_in_play():
    game = Game()
    price = game.price(HOME_AND_OVER)
    late = game.multiple(HOME_AND_OVER, price=price, at_ms=KICK_OFF_MS + 1)
    assert "event_started" in late.reasons


def test_the_alternative_is_what_the_limits_leave():
    game = Game(market_limit=50_000)
    price = game.price(HOME_AND_OVER)
    offered = game.multiple(HOME_AND_OVER, price=price, stake=100_000)
    assert (offered.decision, offered.reasons) == ("alternative", ["market_limit"])
    taken = game.multiple(HOME_AND_OVER, "g2", price=price, stake=offered.stake)
    assert taken.decision == "accepted"
    assert 0 <= 50_000 - game.worst() < price
    game.audited()


def test_the_measure_is_told_and_recomputed_but_never_offered(game):
    assert SCORES not in game.prices()
    assert SCORES not in {fair.market for fair in game.read(FAIR, FairPrice)}
    assert sum(game.measure().p) == pytest.approx(1.0)
    game.audited()


@pytest.mark.parametrize(
    ("score", "paid"), [((2, 1), True), ((1, 0), False), ((0, 3), False), ((3, 0), True)]
)
def test_it_is_paid_when_all_legs_win_and_its_hold_is_let_go(game, score, paid):
    decision = game.take(HOME_AND_OVER)
    game.result("match", at_ms=KICK_OFF_MS + 7_000_000, home_score=score[0], away_score=score[1])
    game.run()
    (settled,) = game.read(SETTLED, Settlement)
    assert (settled.status, settled.payout) == ("settled", decision.payout if paid else 0)
    assert game.worst() == 0
    assert game.read(EXPOSURE, Exposure)[-1].markets == {}


def test_a_void_event_gives_the_stake_back_and_a_rollback_holds_again(game):
    game.take(HOME_AND_OVER)
    held = game.worst()
    game.result("match", "void", at_ms=KICK_OFF_MS + 1_000)
    game.result("match", "rollback", at_ms=KICK_OFF_MS + 2_000)
    game.run()
    void, again = game.read(SETTLED, Settlement)
    assert (void.status, void.payout) == ("settled", 1_000)
    assert (again.status, again.difference) == ("open", -1_000)
    assert game.worst() == held


def test_while_one_leg_is_graded_and_another_open_it_stays_held(game):
    game.take(HOME_AND_OVER)
    held = game.worst()
    settled = {"1x2": {"home": "won", "draw": "lost", "away": "lost"}}
    game.result("match", "live", at_ms=KICK_OFF_MS + 1_000, settled=settled)
    game.run()
    (partly,) = game.read(SETTLED, Settlement)
    assert (partly.status, partly.payout) == ("open", 0)
    assert game.worst() == held


SELECTIONS = (
    [("1x2", way) for way in RESULT]
    + [("ou:2.5", way) for way in TOTAL]
    + [("dc", way) for way in ("home_draw", "home_away", "draw_away")]
    + [("btts", way) for way in ("yes", "no")]
)
CHOICES = st.lists(
    st.lists(st.sampled_from(SELECTIONS), min_size=2, max_size=4, unique=True), min_size=1, max_size=6
)


@settings(max_examples=15, deadline=None)
@given(CHOICES)
def test_in_no_final_score_is_more_lost_than_the_book_says(chosen):
    game = Game()
    for n, legs in enumerate(chosen):
        asked = game.multiple(legs, f"ask{n}")
        if "related_contingency" not in asked.reasons:
            game.multiple(legs, f"bet{n}", price=asked.price)
    taken = [each for each in game.read(DECISIONS, Decision) if each.decision == "accepted"]
    worst = game.worst() if taken else 0
    for home, away in product(range(6), repeat=2):
        result = Result(
            event_id="match", status="final", home_score=home, away_score=away, event_time_ms=KICK_OFF_MS
        )
        profit = 0
        for bet in taken:
            grades = [grade_of(result, leg.market, leg.outcome) for leg in bet.legs]
            won = all(grade is not None and grade.win for grade in grades)
            profit += bet.stake - (bet.payout if won else 0)
        assert -profit <= worst
