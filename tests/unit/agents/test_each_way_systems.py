"""Each-way multiples and systems: both parts of each leg asked for, held, carried and paid line by line."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.assess import Assess
from agents.book import Book
from schemas import Decision, Exposure, PlaceTerms, Settlement
from streams.topics import DECISIONS, EXPOSURE, SETTLED
from tests.unit.agents.pipeline import KICK_OFF_MS, Pipeline

RUNNERS = {"ant": 3.0, "bee": 4.0, "cat": 6.0, "dog": 8.5, "eel": 12.0, "fox": 16.0}
RACES = ["ascot", "epsom", "york", "ayr"]
PLACES, PLACE_OF = 3, 5
TERMS = {"winner": PlaceTerms(places=PLACES, place_of=PLACE_OF)}
ROOM = {"max_stake": 10**9, "market_limit": 10**9, "event_limit": 10**9, "max_payout": 10**9}
SIZES = {"multiple": [4], "yankee": [2, 3, 4], "lucky15": [1, 2, 3, 4], "2-of-4": [2]}


class Races(Pipeline):
    """Four races on which an operator has prices."""

    def __init__(self, **profile):
        super().__init__([Assess(), Book(["north"])])
        self.operator(**{"place_terms": TERMS, **ROOM, **profile})
        for race in RACES:
            self.fixture(race)
            self.offer(race, RUNNERS, market="winner")

    def each_way(self, picks, kind, stake, **more):
        legs = [(race, "winner", pick, RUNNERS[pick]) for race, pick in zip(RACES, picks, strict=True)]
        self.combined(legs, kind=kind, stake=stake, each_way=True, **more)
        self.run()
        return self.read(DECISIONS, Decision)[-1]

    def finish(self, race, order, at_ms):
        positions = {"winner": {outcome: n + 1 for n, outcome in enumerate(order)}}
        self.result(race, at_ms=at_ms, positions=positions)
        self.run()

    def settled(self):
        return max(self.read(SETTLED, Settlement), key=lambda each: each.version)

    def holds(self):
        """Stakes and payouts by event and market, of the latest books."""
        latest = {}
        for each in self.read(EXPOSURE, Exposure):
            if each.event_id not in latest or each.version > latest[each.event_id].version:
                latest[each.event_id] = each
        return {
            (event, name): (market.stakes, max(market.payouts.values(), default=0))
            for event, book in latest.items()
            for name, market in book.markets.items()
        }


def naive(kind, stake, picks, orders):
    """What such a bet pays, in exact fractions, line by line."""
    lines = [line for size in SIZES[kind] for line in combinations(range(4), size)]
    unit = Fraction(stake, 2 * len(lines))
    total = 0
    for line in lines:
        win = place = unit
        for leg in line:
            price, order = Fraction(str(RUNNERS[picks[leg]])), orders[leg]
            win *= price if order[0] == picks[leg] else 0
            place *= 1 + (price - 1) / PLACE_OF if picks[leg] in order[:PLACES] else 0
        total += win.__floor__() + place.__floor__()
    return total


picked = st.lists(st.sampled_from(sorted(RUNNERS)), min_size=4, max_size=4)
finishes = st.lists(st.permutations(sorted(RUNNERS)), min_size=4, max_size=4)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(SIZES)), st.integers(5, 300), picked, finishes, st.permutations(range(4)))
def test_whatever_finishes_in_whatever_order_it_pays_what_the_lines_do(kind, unit, picks, orders, turns):
    races = Races()
    lines = sum(len(list(combinations(range(4), size))) for size in SIZES[kind])
    stake = 2 * unit * lines
    decision = races.each_way(picks, kind, stake)
    assert decision.decision == "accepted"
    winners = [[pick, *(name for name in RUNNERS if name != pick)] for pick in picks]
    assert decision.payout == naive(kind, stake, picks, winners)
    for turn, race in enumerate(turns):
        races.finish(RACES[race], orders[race], KICK_OFF_MS + 1_000 * (turn + 1))
    assert (races.settled().status, races.settled().payout) == (
        "settled",
        naive(kind, stake, picks, orders),
    )
    assert races.holds() == {}
    assert races.audited(gone={"offered"})["combined"] == 1


@pytest.fixture
def lucky() -> Races:
    races = Races()
    races.each_way(["ant", "bee", "cat", "dog"], "lucky15", 3_000)
    return races


def test_both_parts_of_each_leg_are_held_in_its_race(lucky):
    (decision,) = lucky.read(DECISIONS, Decision)
    assert [(leg.places, leg.place_of) for leg in decision.legs] == [(PLACES, PLACE_OF)] * 4
    each = 8 * 100  # eight of fifteen lines run through a leg
    assert lucky.holds()["ascot", "winner"] == (each, each * 3)
    assert lucky.holds()["ascot", "winner/place/ant"] == (each, each * 140 // 100)
    assert lucky.audited(gone={"offered"})["grant"] == 4


def test_a_leg_that_is_only_placed_carries_the_place_lines_on_and_ends_the_win_lines(lucky):
    lucky.finish("ascot", ["bee", "ant", "cat"], KICK_OFF_MS + 1_000)
    held = lucky.holds()
    assert ("ascot", "winner") not in held
    assert held["epsom", "winner"][0] == 4 * 100
    assert held["epsom", "winner/place/bee"][0] == 4 * 100 + 4 * 140


def test_a_winner_without_its_places_leaves_the_leg_open(lucky):
    before = lucky.holds()
    won = {outcome: "won" if outcome == "ant" else "lost" for outcome in RUNNERS}
    lucky.result("ascot", at_ms=KICK_OFF_MS + 1_000, settled={"winner": won})
    lucky.run()
    assert lucky.holds() == before
    assert lucky.read(SETTLED, Settlement) == []


def test_a_rollback_holds_both_parts_again(lucky):
    before = lucky.holds()
    lucky.finish("ascot", ["ant", "bee", "cat"], KICK_OFF_MS + 1_000)
    assert lucky.holds() != before
    lucky.result("ascot", "rollback", at_ms=KICK_OFF_MS + 2_000)
    lucky.run()
    assert lucky.holds() == before
    assert lucky.settled().status == "open"


@pytest.mark.parametrize("limit", ["market_limit", "event_limit", "max_payout", "max_stake"])
def test_the_alternative_is_the_largest_stake_that_fits_and_is_taken(limit):
    picks = ["ant", "bee", "cat", "dog"]
    races = Races(**{limit: 200_000})
    asked = races.each_way(picks, "lucky15", 3_000_000, bet_id="a")
    assert (asked.decision, asked.reasons) == ("alternative", [limit])
    more = races.each_way(picks, "lucky15", asked.stake + 30, bet_id="b")
    assert (more.decision, more.stake) == ("alternative", asked.stake)
    assert races.each_way(picks, "lucky15", asked.stake, bet_id="c").decision == "accepted"
    races.audited(gone={"offered"})


def test_without_terms_or_with_too_few_runners_it_is_not_taken():
    assert Races(place_terms={}).each_way(["ant"] * 4, "yankee", 2_200).reasons == ["unknown_kind"]
    races = Races(place_terms={"winner": PlaceTerms(places=3, place_of=5, least_outcomes=7)})
    decision = races.each_way(["ant"] * 4, "yankee", 2_200)
    assert (decision.decision, decision.reasons) == ("rejected", ["unknown_kind"])
    assert races.holds() == {}
    races.audited(gone={"offered"})


def test_an_uneven_stake_gets_the_next_smaller_one():
    decision = Races().each_way(["ant"] * 4, "lucky15", 3_001)
    assert (decision.reasons, decision.stake) == (["uneven_stake"], 3_000)
