from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arbitrage import ArbitrageConfig, Watch, find, find_against, take

TWO = ("over", "under")
CONFIG = ArbitrageConfig(max_age_s=60.0, commissions={"exchange": 0.05})
BOOKS = ("alpha", "beta", "exchange")


def watch_of(*events, config=CONFIG):
    watch = Watch()
    for book, prices, at_s, *quoted in events:
        take(watch, book, prices, at_s * 1000, (quoted[0] if quoted else at_s) * 1000, config)
    return watch


def slow_best(history, outcomes, config):
    """The margin of the best combination that stands at the newest event time, from the whole history.

    Independent of the module: every combination of books, prices as they were when each event arrived.
    """
    now = max(at for _, _, at, _ in history)
    standing = {}
    for book in {book for book, *_ in history}:
        latest = max(at for b, _, at, _ in history if b == book)
        own = [event for event in history if event[0] == book]
        last, quoted = None, None
        newest = -1
        for _, prices, at, quoted_at in own:
            if at >= newest:
                newest = at
                quoted = max(quoted, quoted_at) if last == prices else quoted_at
                last = prices
        assert newest == latest
        if last and now - quoted <= config.max_age_s * 1000:
            standing[book] = last
    margins = []
    for books in product(standing, repeat=len(outcomes)):
        if all(outcome in standing[book] for book, outcome in zip(books, outcomes, strict=True)):
            total = 0.0
            for book, outcome in zip(books, outcomes, strict=True):
                price = standing[book][outcome]
                total += 1 / (1 + (price - 1) * (1 - config.commissions.get(book, 0.0)))
            margins.append(1 / total - 1)
    best = max(margins, default=0.0)
    return best if best > 1e-9 else None


prices = st.sampled_from([1.5, 1.8, 1.95, 2.0, 2.05, 2.1, 2.2, 3.0])
quotes = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"over": prices, "under": prices}),
    st.fixed_dictionaries({"over": prices}),
)
histories = st.lists(
    st.tuples(st.sampled_from(BOOKS), quotes, st.integers(0, 200_000), st.integers(0, 90_000)),
    min_size=1,
    max_size=25,
)


@given(events=histories, in_order=st.booleans())
def test_after_each_quote_it_finds_what_a_search_through_the_whole_history_finds(events, in_order):
    if in_order:
        events = sorted(events, key=lambda event: event[2])
    watch, history = Watch(), []
    for book, quote, at, age in events:
        take(watch, book, quote, at, at - age, CONFIG)
        history.append((book, quote, at, at - age))
        found, expected = find(watch, TWO, CONFIG), slow_best(history, TWO, CONFIG)
        if expected is None:
            assert found is None
        else:
            assert found is not None
            assert found.margin == pytest.approx(expected, abs=1e-12)


def test_stakes_in_proportion_to_one_over_the_price_win_the_margin_whatever_happens():
    found = find(
        watch_of(("alpha", {"over": 2.2, "under": 1.7}, 0), ("beta", {"over": 1.8, "under": 2.1}, 5)),
        TWO,
        CONFIG,
    )
    assert found.margin == pytest.approx(1 / (1 / 2.2 + 1 / 2.1) - 1)
    assert sum(leg.stake for leg in found.legs) == pytest.approx(1.0)
    for leg in found.legs:
        assert leg.stake * leg.net_price == pytest.approx(1 + found.margin)
    assert [(leg.outcome, leg.book, leg.age_s) for leg in found.legs] == [
        ("over", "alpha", 5.0),
        ("under", "beta", 0.0),
    ]
    assert (found.from_ms, found.at_ms) == (5000, 5000)
    assert found.key == "over=alpha@2.2,under=beta@2.1"


def test_prices_that_never_stood_together_are_no_arbitrage():
    replaced = watch_of(
        ("alpha", {"over": 2.2, "under": 1.7}, 0),
        ("alpha", {"over": 1.9, "under": 1.9}, 4),
        ("beta", {"over": 1.8, "under": 2.1}, 5),
    )
    assert find(replaced, TWO, CONFIG) is None
    withdrawn = watch_of(
        ("alpha", {"over": 2.2, "under": 1.7}, 0), ("alpha", {}, 4), ("beta", {"over": 1.8, "under": 2.1}, 5)
    )
    assert find(withdrawn, TWO, CONFIG) is None


def test_a_stale_price_is_no_arbitrage_and_a_confirmation_keeps_it_standing():
    stale = [("alpha", {"over": 2.2, "under": 1.7}, 0), ("beta", {"over": 1.8, "under": 2.1}, 61)]
    assert find(watch_of(*stale), TWO, CONFIG) is None
    confirmed = watch_of(stale[0], ("alpha", {"over": 2.2, "under": 1.7}, 40), stale[1])
    found = find(confirmed, TWO, CONFIG)
    assert found.legs[0].age_s == 21.0
    assert found.from_ms == 61_000


def test_a_price_confirmed_again_after_it_had_gone_stale_stands_from_then():
    watch = watch_of(
        ("beta", {"over": 1.8, "under": 2.1}, 0),
        ("alpha", {"over": 2.2}, 30),
        ("beta", {"over": 1.8, "under": 2.1}, 90),
    )
    assert find(watch, TWO, CONFIG).from_ms == 90_000


def test_an_older_quote_that_comes_late_neither_replaces_nor_revives():
    watch = watch_of(("alpha", {}, 10))
    assert not take(watch, "alpha", {"over": 9.0, "under": 9.0}, 9_000, 9_000, CONFIG)
    assert find(watch, TWO, CONFIG) is None


def test_commission_eats_a_thin_arbitrage():
    events = [("exchange", {"over": 2.05}, 0), ("beta", {"under": 2.0}, 0)]
    assert find(watch_of(*events), TWO, CONFIG) is None
    assert find(watch_of(*events), TWO, ArbitrageConfig()).margin == pytest.approx(1 / (1 / 2.05 + 0.5) - 1)


def test_three_ways_take_the_best_of_each():
    ways = ("home", "draw", "away")
    watch = watch_of(
        ("a", {"home": 3.1, "draw": 3.2, "away": 2.3}, 0),
        ("b", {"home": 2.8, "draw": 3.6, "away": 2.5}, 1),
        ("c", {"home": 2.9, "draw": 3.3, "away": 2.7}, 2),
    )
    found = find(watch, ways, CONFIG)
    assert [leg.book for leg in found.legs] == ["a", "b", "c"]
    assert found.margin == pytest.approx(1 / (1 / 3.1 + 1 / 3.6 + 1 / 2.7) - 1)


def test_a_market_that_lacks_an_outcome_is_none():
    assert find(watch_of(("a", {"over": 50.0}, 0)), TWO, CONFIG) is None
    assert find(Watch(), TWO, CONFIG) is None


def test_of_equal_prices_the_freshest_is_named_whatever_the_order_of_arrival():
    events = [
        ("b", {"over": 2.2}, 3),
        ("a", {"over": 2.2}, 3),
        ("c", {"over": 2.2}, 1),
        ("d", {"under": 2.1}, 3),
    ]
    for order in (events, events[::-1]):
        assert find(watch_of(*order), TWO, CONFIG).legs[0].book == "a"


def test_what_the_operator_offers_is_held_against_the_market():
    watch = watch_of(("alpha", {"over": 1.9, "under": 2.0}, 0))
    assert find_against(watch, TWO, "north", {"over": 1.95, "under": 1.9}, CONFIG) is None
    found = find_against(watch, TWO, "north", {"over": 2.1, "under": 1.8}, CONFIG)
    assert [leg.book for leg in found.legs] == ["north", "alpha"]
    assert found.margin == pytest.approx(1 / (1 / 2.1 + 0.5) - 1)


def test_an_arbitrage_between_others_is_the_operators_only_where_it_holds_at_its_price():
    market = watch_of(("alpha", {"over": 2.4, "under": 1.6}, 0), ("beta", {"over": 1.6, "under": 2.4}, 0))
    assert find_against(market, TWO, "north", {"over": 1.5, "under": 1.6}, CONFIG) is None
    second = find_against(market, TWO, "north", {"over": 1.9, "under": 1.6}, CONFIG)
    assert [leg.book for leg in second.legs] == ["north", "beta"]
    assert second.margin == pytest.approx(1 / (1 / 1.9 + 1 / 2.4) - 1)


def test_an_operator_that_pays_out_more_than_it_takes_is_an_arbitrage_by_itself():
    found = find_against(Watch(), TWO, "north", {"over": 2.1, "under": 2.1}, CONFIG)
    assert {leg.book for leg in found.legs} == {"north"}
    assert find_against(Watch(), TWO, "north", {}, CONFIG) is None


@pytest.mark.parametrize(
    ("market", "share"), [("ou:2.5", 1.0), ("ou:2", 0.0), ("ou:2.25", 0.5), ("ou:2.75", 0.5)]
)
def test_the_margin_at_worst_knows_what_is_refunded(market, share):
    watch = watch_of(("alpha", {"over": 2.2}, 0), ("beta", {"under": 2.1}, 0))
    found = find(watch, TWO, CONFIG, market)
    assert found.worst == pytest.approx(share * found.margin)


def test_of_a_double_chance_two_outcomes_win_at_once():
    ways = ("home_draw", "home_away", "draw_away")
    prices = dict(zip(ways, (1.45, 1.4, 1.9), strict=True))
    found = find(watch_of(("a", prices, 0)), ways, CONFIG, "dc")
    assert found.margin == pytest.approx(2 / sum(1 / price for price in prices.values()) - 1)
    for one in ways:
        back = sum(leg.stake * leg.price for leg in found.legs if leg.outcome != one)
        assert back == pytest.approx(1 + found.margin)
