"""Each-way singles: taken where there are place terms, held without understating, paid by positions."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from domain.bets.each_way import EachWay
from schemas import Decision, Exposure, PlaceTerms, Settlement
from streams.topics import DECISIONS, EXPOSURE, SETTLED
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

RUNNERS = {"ant": 3.0, "bee": 4.0, "cat": 6.0, "dog": 8.0, "eel": 12.0, "fox": 16.0}
TERMS = {"winner": PlaceTerms(places=2, place_of=4)}
ROOM = {"max_stake": 10**9, "market_limit": 10**9, "event_limit": 10**9, "max_payout": 10**9}


class Race(Pipeline):
    """A race that four books quote."""

    def __init__(self, **profile):
        super().__init__([Assess(), Compile(["north"]), Book(["north"])])
        self.fixture()
        self.operator(**{"place_terms": TERMS, **ROOM, **profile})
        for n in range(4):
            self.quote(f"book{n}", RUNNERS, market="winner", at_ms=START_MS + 1_000 + n)
        self.run()

    def each_way(self, outcome, stake=1_000, bet_id="e1", *, price=None, **more):
        price = price or self.offers()[-1].prices[outcome]
        told = {"each_way": True, **more}
        self.bet(bet_id, market="winner", outcome=outcome, stake=stake, price=price, **told)
        self.run()
        return self.read(DECISIONS, Decision)[-1]

    def finish(self, *order, at_ms=KICK_OFF_MS + 1_000, **said):
        positions = {"winner": {outcome: n + 1 for n, outcome in enumerate(order)}}
        self.result("match", at_ms=at_ms, positions=positions, **said)
        self.run()

    def book(self):
        return self.read(EXPOSURE, Exposure)[-1]

    def settled(self):
        return self.read(SETTLED, Settlement)[-1]


@pytest.fixture
def race() -> Race:
    return Race()


def test_both_parts_are_taken_and_held(race):
    price = race.offers()[-1].prices["cat"]
    decision = race.each_way("cat")
    (leg,) = decision.legs
    win, place = leg.holds
    assert decision.decision == "accepted"
    assert (leg.price, leg.places, leg.place_of) == (price, 2, 4)
    assert (win.stake, win.payout) == (500, int(500 * Fraction(str(price))))
    assert (place.stake, place.payout) == (500, int(500 * (1 + (Fraction(str(price)) - 1) / 4)))
    assert decision.payout == win.payout + place.payout
    assert decision.price == pytest.approx(decision.payout / 1_000, abs=0.001)
    assert race.book().worst_case == decision.payout - 1_000
    assert race.audited()["decision"] == 1


@pytest.mark.parametrize(
    ("order", "parts"),
    [(("cat", "ant"), (True, True)), (("ant", "cat"), (False, True)), (("ant", "bee"), ())],
)
def test_it_is_paid_by_the_finishing_positions_and_its_holds_are_let_go(race, order, parts):
    (leg,) = race.each_way("cat").legs
    race.finish(*order)
    due = sum(hold.payout for hold, paid in zip(leg.holds, parts or (False, False), strict=True) if paid)
    assert (race.settled().status, race.settled().payout) == ("settled", due)
    assert (race.book().markets, race.book().worst_case) == ({}, 0)


def test_a_dead_heat_for_the_last_place_pays_half_of_the_place_part(race):
    (leg,) = race.each_way("cat").legs
    positions = {"winner": {"ant": 1, "cat": 2, "dog": 2}}
    race.result("match", at_ms=KICK_OFF_MS + 1_000, positions=positions)
    race.run()
    assert race.settled().payout == leg.holds[1].payout // 2


def test_a_win_that_is_known_before_the_places_settles_nothing_yet(race):
    race.each_way("cat")
    held = race.book().worst_case
    won = {outcome: "won" if outcome == "cat" else "lost" for outcome in RUNNERS}
    race.result("match", at_ms=KICK_OFF_MS + 1_000, settled={"winner": won})
    race.run()
    assert (race.settled().status, race.settled().payout) == ("open", 0)
    assert race.book().worst_case == held
    race.finish("cat", "ant", at_ms=KICK_OFF_MS + 2_000)
    assert race.settled().status == "settled"
    assert race.book().worst_case == 0


def test_a_void_event_gives_the_stake_back_and_a_rollback_holds_again(race):
    race.each_way("cat")
    held = race.book().worst_case
    race.result("match", "void", at_ms=KICK_OFF_MS + 1_000)
    race.run()
    assert (race.settled().payout, race.book().worst_case) == (1_000, 0)
    race.result("match", "rollback", at_ms=KICK_OFF_MS + 2_000)
    race.run()
    assert (race.settled().difference, race.book().worst_case) == (-1_000, held)


def test_without_terms_for_the_market_or_with_few_runners_it_is_not_taken():
    for terms in (
        {},
        {"1x2": TERMS["winner"]},
        {"winner": PlaceTerms(places=2, place_of=4, least_outcomes=7)},
    ):
        race = Race(place_terms=terms)
        assert race.each_way("cat").reasons == ["unknown_kind"]
        race.audited()


def test_a_stake_that_halves_cannot_share_gets_the_next_smaller_one(race):
    decision = race.each_way("cat", stake=1_001)
    assert (decision.decision, decision.reasons, decision.stake) == ("alternative", ["uneven_stake"], 1_000)
    race.audited()


@pytest.mark.parametrize("limit", ["market_limit", "event_limit", "max_payout", "max_stake"])
def test_the_alternative_is_the_largest_stake_within_the_limit_and_is_taken(limit):
    race = Race(**{limit: 20_001})
    asked = race.each_way("eel", stake=100_000)
    assert (asked.decision, asked.reasons) == ("alternative", [limit])
    more = race.each_way("eel", stake=asked.stake + 2, bet_id="e2")
    assert (more.decision, more.stake) == ("alternative", asked.stake)
    assert race.each_way("eel", stake=asked.stake, bet_id="e3").decision == "accepted"
    race.audited()


def test_the_win_part_in_the_book_moves_the_price():
    race = Race(skew=1e-5)
    before = race.offers()[-1].prices["cat"]
    race.each_way("cat", stake=100_000)
    assert race.offers()[-1].prices["cat"] < before
    race.audited()


def test_each_part_counts_as_a_sharps_by_its_own_stake(race):
    race.command("factor", bettor="ann", stake_factor=0.25, at_ms=START_MS + 30_000)
    race.each_way("cat")
    assert [market.sharp for market in race.book().markets.values()] == [375, 375]


NAMES = st.sampled_from(sorted(RUNNERS))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(NAMES, st.integers(50, 5_000), st.booleans()), min_size=1, max_size=6))
def test_however_it_ends_no_more_is_lost_than_the_book_says(bets):
    race = Race()
    for n, (outcome, half, is_each_way) in enumerate(bets):
        race.each_way(outcome, 2 * half, f"e{n}", each_way=is_each_way)
    worst = race.book().worst_case
    taken = race.read(DECISIONS, Decision)
    assert {each.decision for each in taken} == {"accepted"}
    for first, second in permutations(RUNNERS, 2):
        paid = 0
        for bet in taken:
            if not bet.each_way:
                paid += bet.payout if bet.outcome == first else 0
                continue
            win, place = bet.legs[0].holds
            paid += win.payout if bet.outcome == first else 0
            paid += place.payout if bet.outcome in (first, second) else 0
        assert paid - sum(bet.stake for bet in taken) <= worst


@given(st.floats(1.01, 1_000), st.integers(1, 5), st.integers(0, 10**7))
def test_the_largest_stake_that_pays_so_much_pays_no_more_and_the_next_does(price, place_of, most):
    split = EachWay("winner", "cat", price, 2, place_of)
    stake = split.stake_paying(most)
    assert split.pays(stake) <= most < split.pays(stake + 2)


def test_a_name_that_would_be_too_long_is_shortened():
    split = EachWay("m" * 200, "o" * 200, 2.0, 2, 4)
    assert len(split.holds(100)[1].market) <= 200
