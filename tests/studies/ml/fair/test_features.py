import random
from dataclasses import replace
from math import exp, isnan, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fair.features import evidence, features
from ml.fair.form import Form
from ml.fair.history import History
from ml.fair.match import Closed, Market, Recorded
from ml.fair.model import SHIPPED, FairModel
from ml.fair.table import table

HOUR = 3_600_000
MARKET = Market(
    "E0",
    "Leeds",
    "Derby",
    100 * 24 * HOUR,
    99 * 24 * HOUR,
    (0.5, 0.27, 0.23),
    {"pinnacle": (1.95, 3.6, 4.2), "bwin": (1.9, 3.5, 4.1), "vcbet": (1.91, 3.6, 4.0)},
)


def only(market, form=None):
    (found,) = features([market], form or Form())
    return found


def same(one, other):
    return all(a == b or (isnan(a) and isnan(b)) for a, b in zip(one.values(), other.values(), strict=True))


GOALS = replace(
    MARKET, name="ou:2.5", consensus=(0.52, 0.48), books={"pinnacle": (1.9, 2.02), "bwin": (1.85, 1.9)}
)


@pytest.mark.parametrize("market", [MARKET, GOALS], ids=lambda market: market.name)
def test_the_features_are_those_that_the_champion_was_trained_on(market):
    assert list(only(market)) == FairModel.load(SHIPPED[market.name]).card["features"]


def test_the_price_of_goals_is_measured_against_its_consensus():
    found = only(GOALS)
    assert found["consensus_total"] == pytest.approx(log(0.52 / 0.48))
    assert found["sharp_overround"] == pytest.approx(1 / 1.9 + 1 / 2.02)
    assert found["spread_total"] > 0.0
    assert isnan(only(replace(GOALS, books={"bwin": (1.85, 1.9)}))["sharp_total"])


def test_the_sharp_book_is_measured_against_the_consensus():
    found = only(MARKET)
    assert found["consensus_side"] == pytest.approx(log(0.5 / 0.23))
    assert exp(found["best_home"]) == pytest.approx(1.95 / ((1.95 + 1.9 + 1.91) / 3))
    assert found["sharp_overround"] == pytest.approx(1 / 1.95 + 1 / 3.6 + 1 / 4.2)
    assert found["hours_to_start"] == 24.0


def test_without_the_sharp_book_its_features_are_unknown():
    found = only(replace(MARKET, books={"bwin": (1.9, 3.5, 4.1)}))
    assert {name for name, value in found.items() if isnan(value)} >= {
        "sharp_side",
        "sharp_draw",
        "sharp_overround",
    }
    assert found["spread_side"] == 0.0


@given(st.permutations(list(MARKET.books)))
def test_the_order_of_the_books_changes_no_bit(order):
    turned = replace(MARKET, books={book: MARKET.books[book] for book in order})
    assert same(only(turned), only(MARKET))


def test_a_market_does_not_depend_on_the_batch(matches, known):
    form = Form()
    markets = known.markets[5000:5064]
    together = list(features(markets, form))
    for place in range(0, 64, 7):
        assert same(together[place], only(markets[place], form))


def test_a_future_result_moves_no_feature(matches):
    some = matches[:600]
    planted = some[300].closed
    assert planted is not None
    changed = replace(planted, home_score=9, away_score=0, closing=(0.9, 0.06, 0.04))
    other = [*some[:300], replace(some[300], closed=changed), *some[301:]]
    one, two = table(some), table(other)
    before = np.array([market.as_of_ms <= planted.final_at_ms for market in one.markets])
    assert before.sum() > 200
    np.testing.assert_array_equal(one.features[before], two.features[before])
    assert (one.features[~before] != two.features[~before]).any()


def test_what_the_stream_sees_quote_by_quote_is_the_table_bit_for_bit(matches):
    some = matches[:500]
    offline = table(some)
    events = [(match.market.as_of_ms, match.market) for match in some]
    events += [(match.closed.final_at_ms, match.closed) for match in some]
    random.Random(3).shuffle(events)
    events.sort(key=lambda event: event[0])
    history = History()
    online = {}
    for _, event in events:
        if isinstance(event, Market):
            row = [only(event, history.as_of(event.as_of_ms))[name] for name in offline.names]
            online[event.starts_at_ms, event.home, event.away] = np.array(row, dtype=np.float32)
        else:
            history.add(event)
            history = (
                History.of(Form.load(history.form.dump()), history.waiting())
                if len(online) % 50 == 0
                else history
            )
    for market, row in zip(offline.markets, offline.features, strict=True):
        np.testing.assert_array_equal(row, online[market.starts_at_ms, market.home, market.away])


def test_a_match_that_ends_when_another_is_quoted_is_not_yet_known(matches):
    first, second = matches[0], matches[1]
    quoted_at = first.closed.final_at_ms
    market = replace(second.market, home=first.market.home, as_of_ms=quoted_at, starts_at_ms=quoted_at + HOUR)
    found = table([first, Recorded(market, None, None, None)])
    assert found.features[1, found.names.index("home_seen")] == 0.0


@settings(max_examples=50)
@given(hours=st.floats(-5, 100), matches=st.integers(0, 500))
def test_evidence_lies_between_nothing_and_one_and_grows_with_what_is_known(hours, matches):
    form = Form()
    form.competitions["E0"] = replace_moves(matches)
    market = replace(MARKET, as_of_ms=MARKET.starts_at_ms - int(hours * HOUR))
    found = evidence(market, form)
    assert 0.0 <= found < 1.0
    if matches == 0 or hours <= 0:
        assert found == 0.0
    form.competitions["E0"] = replace_moves(matches + 50)
    assert evidence(market, form) >= found


def replace_moves(moves):
    place = Form().competition("E0")
    place.move_home.count = moves
    return place


@pytest.mark.parametrize(("days", "share"), [(90, 1.0), (200, 1.0), (565, 0.5), (930, 0.25)])
def test_form_of_long_ago_is_less_and_less_evidence(days, share):
    played_ms, hour = 10**12, 3_600_000
    form = Form()
    for number in range(50):
        starts_ms = played_ms - number * hour
        closing, final_ms = (0.45, 0.28, 0.27), starts_ms + 2 * hour
        form.apply(Closed("E0", "Leeds", "Derby", starts_ms, final_ms, (0.4, 0.3, 0.3), closing, 1, 0))
    as_of_ms = played_ms + int(days * 24) * hour
    market = Market("E0", "Leeds", "Derby", as_of_ms + 5 * hour, as_of_ms, (0.4, 0.3, 0.3), {})
    fresh = replace(market, as_of_ms=played_ms + hour, starts_at_ms=played_ms + 6 * hour)
    assert evidence(market, form) == pytest.approx(share * evidence(fresh, form))
    assert evidence(fresh, form) > 0.2
