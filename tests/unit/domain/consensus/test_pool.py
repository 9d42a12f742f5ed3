import random
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consensus import BookQuote, ConsensusConfig, consensus
from domain.devig import devig_one
from domain.margin import offer

WAYS = ("home", "draw", "away")
FAIR = (0.60, 0.25, 0.15)
EQUAL = ConsensusConfig(sharpness={}, default_sharpness=1.0)


def quote(book, probabilities=FAIR, overround=1.05, age_s=0.0, **more):
    return BookQuote(book, dict(zip(WAYS, offer(probabilities, overround), strict=True)), age_s, **more)


def tilted(by, probabilities=FAIR):
    """Probabilities with the first outcome's log-odds moved by ``by``."""
    p = 1 / (1 + (1 / probabilities[0] - 1) * exp(-by))
    rest = (1 - p) / (1 - probabilities[0])
    return (p, *(q * rest for q in probabilities[1:]))


@st.composite
def markets(draw):
    books = draw(st.lists(st.sampled_from("abcdefghijklmnop"), unique=True, min_size=1, max_size=12))
    return [
        quote(book, tilted(draw(st.floats(-1, 1))), draw(st.floats(1, 1.2)), draw(st.floats(0, 2000)))
        for book in books
    ]


@given(quotes=markets(), seed=st.randoms())
def test_the_order_in_which_quotes_come_changes_no_bit(quotes, seed):
    expected = consensus(WAYS, quotes)
    shuffled = list(quotes)
    seed.shuffle(shuffled)
    again = consensus(WAYS, shuffled)
    assert again == expected
    assert list(again.shares) == list(expected.shares) and list(again.rejected) == list(expected.rejected)


@given(quotes=markets())
def test_probabilities_and_shares_sum_to_one_and_every_book_is_accounted_for(quotes):
    result = consensus(WAYS, quotes)
    assert result.shares.keys() | result.rejected.keys() == {q.book for q in quotes}
    assert not result.shares.keys() & result.rejected.keys()
    if result.shortfall is None:
        assert sum(result.probabilities) == pytest.approx(1.0, abs=1e-12)
        assert sum(result.shares.values()) == pytest.approx(1.0, abs=1e-12)
    else:
        assert result.probabilities == () and result.shares == {}


def test_one_book_is_its_own_consensus():
    only = quote("a", overround=1.08)
    result = consensus(WAYS, [only])
    assert result.probabilities == pytest.approx(devig_one(list(only.prices.values())), abs=1e-12)
    assert result.shares == {"a": 1.0}


def test_equal_books_meet_at_the_mean_of_their_log_odds():
    near, far = tilted(0.05), tilted(-0.05)
    result = consensus(WAYS, [quote("a", near), quote("b", far)], EQUAL)
    mean = [0.5 * sum(log(p / (1 - p)) for p in pair) for pair in zip(near, far, strict=True)]
    expected = [1 / (1 + exp(-x)) for x in mean]
    assert result.probabilities == pytest.approx([p / sum(expected) for p in expected], abs=1e-9)


def test_a_weight_halves_with_every_half_life():
    quotes = [quote("a"), quote("b", age_s=600.0), quote("c", age_s=1200.0)]
    shares = consensus(WAYS, quotes, ConsensusConfig(half_life_s=600.0, sharpness={})).shares
    assert shares["b"] == pytest.approx(shares["a"] / 2)
    assert shares["c"] == pytest.approx(shares["a"] / 4)


def test_a_sharp_book_counts_more_but_never_more_than_the_cap():
    quotes = [quote("Pinnacle"), quote("b"), quote("c")]
    assert consensus(WAYS, quotes).shares["Pinnacle"] == pytest.approx(0.6)
    twenty = [quote("pinnacle"), *(quote(f"soft{i}") for i in range(20))]
    assert consensus(WAYS, twenty).shares["pinnacle"] == pytest.approx(10 / 24)
    uncapped = ConsensusConfig(max_share=1.0)
    assert consensus(WAYS, quotes, uncapped).shares["Pinnacle"] == pytest.approx(10 / 11.4)


def rejected(odd, config=ConsensusConfig()):  # noqa: B008 - frozen
    others = [quote(f"book{i}", tilted(0.004 * i)) for i in range(6)]
    result = consensus(WAYS, [*others, odd], config)
    assert abs(result.probabilities[0] - FAIR[0]) < 0.01
    assert result.rejected.keys() <= {odd.book}
    return result.rejected.get(odd.book)


def with_price(outcome, factor):
    good = quote("odd")
    return BookQuote("odd", {**good.prices, outcome: good.prices[outcome] * factor}, 0.0)


@pytest.mark.parametrize(
    ("reason", "odd"),
    [
        (None, quote("odd", tilted(0.1))),
        ("stale", quote("odd", age_s=1801.0)),
        ("stale", quote("odd", age_s=float("nan"))),
        ("withdrawn", BookQuote("odd", {}, 0.0)),
        ("outcomes", BookQuote("odd", {"home": 2.0, "away": 2.0}, 0.0)),
        ("outcomes", BookQuote("odd", {**quote("odd").prices, "other": 50.0}, 0.0)),
        ("copy", quote("odd", copies="book1")),
        ("outlier", quote("odd", tilted(0.5))),
        ("outlier", quote("odd", tilted(-0.5))),
        ("swapped", quote("odd", FAIR[::-1])),
        ("overround", with_price("home", 10.0)),
        ("overround", with_price("away", 10.0)),
        ("overround", quote("odd", overround=1.9)),
        ("range", BookQuote("odd", {"home": 1.0, "draw": 4.0, "away": 7.0}, 0.0)),
        ("range", BookQuote("odd", {"home": float("nan"), "draw": 4.0, "away": 7.0}, 0.0)),
        ("frozen", quote("odd", tilted(-0.2), fair_then=tilted(-0.2))),
        (None, quote("odd", tilted(0.0), fair_then=tilted(-0.2))),
        (None, quote("odd", tilted(0.1), fair_then=tilted(0.01))),
    ],
)
def test_each_fault_has_its_name(reason, odd):
    assert rejected(odd) == reason


def test_a_book_with_weight_zero_is_excluded():
    assert rejected(quote("Odd"), ConsensusConfig(sharpness={"odd": 0.0})) == "excluded"


def test_alone_and_far_away_a_sharp_book_is_news_and_a_soft_one_noise():
    soft = [quote(f"book{i}") for i in range(6)]
    moved = tilted(0.5)
    noise = consensus(WAYS, [*soft, quote("bookmaker", moved)])
    assert noise.rejected == {"bookmaker": "outlier"}
    news = consensus(WAYS, [*soft, quote("pinnacle", moved)])
    assert news.rejected == {}
    assert news.probabilities[0] > FAIR[0] + 0.05
    wrong = consensus(WAYS, [*soft, quote("pinnacle", tilted(2.0))])
    assert wrong.rejected == {"pinnacle": "outlier"}


def test_a_swapped_sharp_book_does_not_turn_the_market():
    soft = [quote(f"book{i}") for i in range(3)]
    result = consensus(WAYS, [*soft, quote("pinnacle", FAIR[::-1])])
    assert result.rejected == {"pinnacle": "swapped"}
    assert result.probabilities == pytest.approx(FAIR, abs=1e-9)


def test_two_equal_books_that_contradict_each_other_leave_nothing():
    result = consensus(WAYS, [quote("a", tilted(-0.7)), quote("b", tilted(0.7))], EQUAL)
    assert result.rejected == {"a": "outlier", "b": "outlier"}
    assert result.shortfall == "few_books"


def test_no_quotes_are_too_few():
    assert consensus(WAYS, []).shortfall == "few_books"


def test_a_mandatory_book_and_a_minimum_of_books_are_insisted_on():
    quotes = [quote("a"), quote("b"), quote("pinnacle", age_s=9999.0)]
    assert consensus(WAYS, quotes, ConsensusConfig(min_books=3)).shortfall == "few_books"
    missing = consensus(WAYS, quotes, ConsensusConfig(mandatory={"pinnacle"}))
    assert (missing.probabilities, missing.shortfall) == ((), "mandatory")
    assert consensus(WAYS, quotes, ConsensusConfig(mandatory={"a"})).shortfall is None


def test_two_winners_sum_to_two():
    ways = ("home_draw", "home_away", "draw_away")
    books = [
        BookQuote(book, dict(zip(ways, offer((0.85, 0.75, 0.40), 1.06), strict=True)), 0.0) for book in "abc"
    ]
    result = consensus(ways, books, winners=2)
    assert result.probabilities == pytest.approx((0.85, 0.75, 0.40), abs=1e-9)


def test_a_field_of_forty_is_pooled():
    rng = random.Random(5)
    weights = [rng.random() + 0.05 for _ in range(40)]
    names = tuple(f"runner{i:02d}" for i in range(40))
    fair = [w / sum(weights) for w in weights]
    books = [BookQuote(book, dict(zip(names, offer(fair, 1.3), strict=True)), 5.0) for book in "abcd"]
    assert consensus(names, books).probabilities == pytest.approx(fair, abs=1e-9)


def test_the_same_book_twice_is_an_error_of_the_caller():
    for pair in (
        [quote("a"), quote("a")],
        [quote("a"), BookQuote("a", {}, 0.0)],
        [BookQuote("a", {}, 0.0)] * 2,
    ):
        with pytest.raises(ValueError, match="two quotes of 'a'"):
            consensus(WAYS, pair)


@pytest.mark.parametrize("settings", [{"max_share": 0.4}, {"half_life_s": 0.0}, {"max_age_s": -1.0}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError):
        ConsensusConfig(**settings)
