"""Middles: found where they are expected to win, with what they lose at worst, between half lines alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arbitrage import MARKET_ITSELF, MIDDLE, ArbitrageConfig, EventSurvey
from domain.arbitrage.claims import claims
from domain.arbitrage.middles import line_of

CONFIG = ArbitrageConfig(max_age_s=60.0, middle_cost=0.05)
NEAR = {"ou:210.5": (1.9, 1.9), "ou:213.5": (2.3, 1.62)}


def a_survey(markets=NEAR, books="abc", config=CONFIG):
    survey = EventSurvey("basketball")
    for market, prices in markets.items():
        sides = ("home", "away") if market.startswith("ah") else ("over", "under")
        for book in books:
            survey.take(market, book, dict(zip(sides, prices, strict=True)), 0, 0, config)
    return survey


def middle(survey, market, operator=MARKET_ITSELF, config=CONFIG):
    family = market.partition(":")[0]
    return dict(survey.look(market, config)).get((operator, MIDDLE + family))


def test_a_stale_price_makes_a_middle_and_not_its_probability():
    survey = a_survey()
    assert middle(survey, "ou:213.5") is None
    survey.take("ou:213.5", "late", {"over": 1.9, "under": 2.05}, 1_000, 1_000, CONFIG)
    found = middle(survey, "ou:213.5")
    back = 1 / (1 / 1.9 + 1 / 2.05)
    assert found.worst == pytest.approx(back - 1)
    assert -0.05 < found.worst < 0 < found.margin
    assert found.both_win == pytest.approx(0.5 - 1 / 2.3 / (1 / 2.3 + 1 / 1.62), abs=0.01)
    assert found.margin == pytest.approx(back * (1 + found.both_win) - 1)
    assert [(leg.market, leg.outcome, leg.book) for leg in found.legs] == [
        ("ou:210.5", "over", "a"),
        ("ou:213.5", "under", "late"),
    ]


def test_what_costs_more_than_it_may_is_not_told_nor_what_cannot_be_lost():
    survey = a_survey()
    survey.take("ou:213.5", "late", {"over": 1.9, "under": 2.05}, 1_000, 1_000, CONFIG)
    dear = ArbitrageConfig(max_age_s=60.0, middle_cost=0.01)
    assert middle(survey, "ou:213.5", config=dear) is None
    survey.take("ou:213.5", "late", {"over": 1.8, "under": 2.2}, 2_000, 2_000, CONFIG)
    found = dict(survey.look("ou:213.5", CONFIG))
    assert found[MARKET_ITSELF, MIDDLE + "ou"] is None
    assert found[MARKET_ITSELF, "ou:213.5"].worst > 0


def test_middles_are_not_looked_for_where_they_may_cost_nothing():
    survey = a_survey()
    survey.take("ou:213.5", "late", {"over": 1.9, "under": 2.05}, 1_000, 1_000, CONFIG)
    scopes = [what for _, what in dict(survey.look("ou:213.5", ArbitrageConfig(max_age_s=60.0)))]
    assert [what for what in scopes if what.startswith(MIDDLE)] == []


def test_too_few_books_know_no_probability():
    survey = a_survey(books="ab")
    survey.take("ou:213.5", "late", {"over": 1.9, "under": 2.05}, 1_000, 1_000, CONFIG)
    assert middle(survey, "ou:213.5") is None


def test_handicaps_make_one_where_the_favourite_may_win_by_little():
    survey = a_survey({"ah:-3.5": (1.9, 1.9), "ah:-6.5": (2.4, 1.58)})
    survey.take("ah:-6.5", "late", {"home": 1.85, "away": 2.05}, 1_000, 1_000, CONFIG)
    found = middle(survey, "ah:-6.5")
    assert [(leg.market, leg.outcome) for leg in found.legs] == [("ah:-3.5", "home"), ("ah:-6.5", "away")]


def test_an_operators_price_as_a_leg_is_told_to_the_operator():
    survey = a_survey()
    survey.market("ou:213.5").offer("north", {"over": 1.8, "under": 2.05}, 0)
    survey.now_ms = 1_000
    assert middle(survey, "ou:213.5") is None
    found = middle(survey, "ou:213.5", "north")
    assert {leg.book for leg in found.legs} >= {"north"}


@pytest.mark.parametrize(
    "market", ["ou:2", "ou:2.25", "ou:2.75", "ah:0", "ah:-1.25", "1x2", "cs", "nonsense"]
)
def test_lines_that_may_refund_and_markets_without_a_line_make_none(market):
    assert line_of(market) is None


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        [("ou:1.5", "ou:2.5"), ("ou:2.5", "ou:4.5"), ("ah:0.5", "ah:-1.5"), ("ah:-0.5", "ah:-2.5")]
    ),
    st.floats(1.3, 4.0),
    st.floats(1.3, 4.0),
)
def test_what_it_loses_at_worst_is_what_the_scores_say(markets, first, second):
    config = ArbitrageConfig(max_age_s=60.0, middle_cost=0.9)
    lower, upper = markets
    shown = {lower: (first, 1.01 + 1 / (first - 0.99)), upper: (1.01 + 1 / (second - 0.99), second)}
    survey = a_survey(shown, config=config)
    found = middle(survey, upper, config=config)
    if found is None:
        return
    legs = found.legs
    settles = claims("score", tuple((leg.market, leg.outcome) for leg in legs))
    prices = [leg.net_price * leg.stake for leg in legs]
    comes_back = settles.win.T @ prices
    assert comes_back.min() - 1 == pytest.approx(found.worst)
    assert comes_back.max() == pytest.approx(2 * comes_back.min())
