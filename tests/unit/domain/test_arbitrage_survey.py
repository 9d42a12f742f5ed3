"""An event's survey finds what a fresh linear program over all that stands finds, and proves the rest."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain.arbitrage import ArbitrageConfig, EventSurvey
from domain.arbitrage.claims import claims
from domain.arbitrage.groups import group_of
from domain.arbitrage.opportunity import Offer
from domain.arbitrage.program import best_portfolio
from domain.markets import outcomes_of

CONFIG = ArbitrageConfig(max_age_s=60.0)
MARKETS = ("1x2", "ah:-0.5", "ah:0", "dnb", "dc", "ou:2.5", "ou:2.25")


def fresh_margin(standing, now):
    """The best margin by one program over the best price of each selection; and whether it spans markets."""
    best = {}
    for (market, _), (prices, quoted) in standing.items():
        if now - quoted <= 60_000:
            for outcome, price in prices.items():
                best[market, outcome] = max(best.get((market, outcome), 0.0), price)
    if not best:
        return 0.0
    known = claims("score", tuple(best))
    return best_portfolio(known.returns([Offer(price, "", price, 0, 0) for price in best.values()])).margin


fair = {
    "1x2": {"home": 0.45, "draw": 0.27, "away": 0.28},
    "ah:-0.5": {"home": 0.45, "away": 0.55},
    "ah:0": {"home": 0.616, "away": 0.384},
    "dnb": {"home": 0.616, "away": 0.384},
    "dc": {"home_draw": 0.72, "home_away": 0.73, "draw_away": 0.55},
    "ou:2.5": {"over": 0.5, "under": 0.5},
    "ou:2.25": {"over": 0.56, "under": 0.44},
}
quotes = st.lists(
    st.tuples(
        st.sampled_from(MARKETS),
        st.sampled_from(["a", "b", "c"]),
        st.floats(0.9, 1.04),
        st.floats(-0.04, 0.04),
        st.integers(0, 30_000),
    ),
    min_size=3,
    max_size=15,
)


@settings(max_examples=25, deadline=None, phases=[Phase.generate])
@given(quotes)
def test_after_each_quote_it_finds_what_a_fresh_program_finds(given_quotes):
    survey, standing, now = EventSurvey("soccer"), {}, 0
    for market, book, level, tilt, wait in given_quotes:
        now += wait
        sides = outcomes_of(market)
        prices = {o: max(1.01, level * (1 + tilt * (n - 1)) / fair[market][o]) for n, o in enumerate(sides)}
        survey.take(market, book, prices, now, now, CONFIG)
        standing[market, book] = (prices, now)
        found = {scope: each for scope, each in survey.look(market, CONFIG) if each is not None}
        expected = fresh_margin(standing, now)
        certain = [each.worst for each in found.values() if each.worst > 1e-9]
        if expected <= 1e-9:
            assert certain == []
        elif any(name == "*score" for _, name in found):
            assert max(certain) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@given(quotes)
def test_if_all_markets_are_looked_at_nothing_is_missed(given_quotes):
    survey, standing = EventSurvey("soccer"), {}
    for n, (market, book, level, tilt, _) in enumerate(given_quotes):
        sides = outcomes_of(market)
        prices = {o: max(1.01, level * (1 + tilt * (i - 1)) / fair[market][o]) for i, o in enumerate(sides)}
        survey.take(market, book, prices, n, n, CONFIG)
        standing[market, book] = (prices, n)
    looks = [each for market in survey.markets for _, each in survey.look(market, CONFIG)]
    found = [each for each in looks if each is not None]
    expected = fresh_margin(standing, len(given_quotes))
    best = max((each.worst for each in found), default=0.0)
    assert best <= max(0.0, expected) + 1e-6
    if expected > 1e-9:  # within a quarter line stakes are for an equal profit, not for the best worst case
        assert best > 0
        assert max(each.margin for each in found) >= expected - 1e-6


def test_what_is_found_wins_its_margin_at_every_score():
    survey = EventSurvey("soccer")
    survey.take("1x2", "a", {"home": 2.15, "draw": 3.6, "away": 3.2}, 0, 0, CONFIG)
    survey.take("ah:-0.25", "b", {"home": 1.75, "away": 2.2}, 0, 0, CONFIG)
    (found,) = [each for _, each in survey.look("ah:-0.25", CONFIG) if each is not None]
    known = claims("score", tuple((leg.market, leg.outcome) for leg in found.legs))
    returns = known.returns([Offer(leg.net_price, leg.book, leg.price, 0, 0) for leg in found.legs])
    stakes = np.array([leg.stake for leg in found.legs])
    assert float((stakes @ returns).min()) - 1 == pytest.approx(found.margin)
    assert found.margin > 0


def test_two_totals_of_other_sports_are_held_against_each_other_by_their_lines():
    survey = EventSurvey("basketball")
    survey.take("ou:210.5", "a", {"over": 1.95, "under": 1.85}, 0, 0, CONFIG)
    survey.take("ou:212.5", "b", {"over": 1.8, "under": 2.1}, 0, 0, CONFIG)
    (found,) = [each for _, each in survey.look("ou:212.5", CONFIG) if each is not None]
    assert found.markets == ("ou:210.5", "ou:212.5")
    survey.take("ou:212.5", "b", {"over": 2.1, "under": 1.8}, 1, 1, CONFIG)
    assert [each for _, each in survey.look("ou:212.5", CONFIG) if each is not None] == []


@pytest.mark.parametrize(
    ("sport", "market", "group"),
    [
        ("soccer", "dnb", "score"),
        ("soccer", "ml", None),
        ("soccer", "ah:-7.5", None),
        ("tennis", "ml", None),
        ("tennis", "ah:-3.5", "lead"),
        ("icehockey", "ml", "lead"),
        ("baseball", "ml", None),
        ("", "1x2", None),
        ("", "ou:2.5", "total"),
        ("soccer", "corners", None),
    ],
)
def test_only_what_one_score_settles_by_the_same_rules_is_one_group(sport, market, group):
    assert group_of(sport, market) == group


def test_an_own_price_that_completes_an_arbitrage_over_two_markets_is_the_operators():
    survey = EventSurvey("soccer")
    survey.take("1x2", "a", {"home": 2.0, "draw": 3.4, "away": 3.9}, 0, 0, CONFIG)
    survey.market("ah:-0.5").offer("north", {"home": 1.8, "away": 2.1}, 5)
    found = {scope: each for scope, each in survey.look("ah:-0.5", CONFIG) if each is not None}
    (scope,) = found
    assert scope == ("north", "*score")
    assert {leg.book for leg in found[scope].legs} == {"a", "north"}


def test_most_quotes_need_no_program():
    survey = EventSurvey("soccer")
    for n in range(200):
        market = MARKETS[n % len(MARKETS)]
        prices = {o: 0.93 / fair[market][o] * (1 + 0.01 * (n % 3)) for o in outcomes_of(market)}
        survey.take(market, f"book{n % 20}", prices, n, n, CONFIG)
        list(survey.look(market, CONFIG))
    assert survey.programs < 20
