from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.synthetic import Load, messages, probabilities, quotes
from schemas import Fixture, Quote

LOAD = Load(events=5, books=4, rate=100.0, seed=7)


def test_the_same_seed_gives_the_same_messages_and_another_gives_others():
    first, again = (list(messages(LOAD, 500)) for _ in range(2))
    assert first == again
    assert first != list(messages(Load(events=5, books=4, rate=100.0, seed=8), 500))


def test_fixtures_come_first_then_quotes_at_the_rate_in_event_time():
    out = list(messages(LOAD, 300))
    assert all(isinstance(message, Fixture) for message in out[:5])
    assert all(isinstance(message, Quote) for message in out[5:])
    assert [q.event_time_ms for q in out[5:]] == [LOAD.starts_at_ms + 10 * number for number in range(300)]


def test_all_events_books_and_markets_are_quoted():
    seen = list(islice(quotes(LOAD), 2000))
    assert len({quote.event_id for quote in seen}) == 5
    assert len({quote.book for quote in seen}) == 4
    assert {quote.market for quote in seen} == {"1x2", "ou:2.5", "ah:-0.5"}


def test_books_charge_a_margin_and_agree_about_the_match():
    seen = [quote for quote in islice(quotes(LOAD), 3000) if quote.market == "1x2"]
    assert all(1.0 < sum(1 / price for price in quote.prices.values()) < 1.12 for quote in seen)
    for event in {quote.event_id for quote in seen}:
        home = [1 / quote.prices["home"] for quote in seen if quote.event_id == event][:40]
        assert np.std(home) < 0.05


@given(st.floats(0.2, 4.0), st.floats(0.2, 4.0))
def test_probabilities_are_of_one_score_distribution(home, away):
    both = probabilities(np.array([[home, away], [away, home]]))
    winner, total, handicap = (both[market][0] for market in ("1x2", "ou:2.5", "ah:-0.5"))
    for market in (winner, total, handicap):
        assert market.sum() == pytest.approx(1.0)
        assert (market > 0).all()
    assert handicap[0] == pytest.approx(winner[0])
    assert winner == pytest.approx(both["1x2"][1][::-1])
