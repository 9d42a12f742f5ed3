"""How near one book's prices of an event come to an arbitrage among themselves."""

import pytest

from domain.arbitrage import incoherence

COHERENT = {"1x2": {"home": 1.9, "draw": 3.2, "away": 4.65}, "ah:-0.5": {"home": 1.9, "away": 1.9}}


def test_coherent_prices_lose_the_margin_of_the_cheapest_market():
    found = incoherence("soccer", COHERENT)
    assert found.margin == pytest.approx(1 / (1 / 1.9 + 1 / 1.9) - 1)


def test_a_claim_that_is_longer_in_one_market_than_in_another_brings_it_nearer_to_an_arbitrage():
    apart = {**COHERENT, "ah:-0.5": {"home": 1.96, "away": 1.84}}
    found = incoherence("soccer", apart)
    assert set(found.markets) == {"1x2", "ah:-0.5"}
    assert incoherence("soccer", COHERENT).margin < found.margin < 0


def test_an_arbitrage_of_ones_own_is_above_nothing():
    assert incoherence("soccer", {**COHERENT, "ah:-0.5": {"home": 2.2, "away": 1.9}}).margin > 0


def test_markets_that_no_score_joins_count_each_for_itself():
    prices = {"ml": {"home": 1.9, "away": 1.9}, "btts": {"yes": 1.99, "no": 1.99}, "dc": {"home_draw": 1.3}}
    found = incoherence("tennis", prices)
    assert found.markets == ("btts",)
    assert found.margin == pytest.approx(1.99 / 2 - 1)


def test_of_nothing_whole_nothing_is_said():
    assert incoherence("soccer", {}) is None
    assert incoherence("soccer", {"1x2": {"home": 2.0}}) is None
