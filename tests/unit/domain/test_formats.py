import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.formats import FORMATS, american_text, from_decimal, to_decimal
from domain.ladder import BETFAIR

# One profit in seven notations; the figures are those of the usual conversion tables.
TABLE = [
    # decimal, american, fractional, hong kong, indonesian, malay
    (1.2, -500.0, "1/5", 0.2, -5.0, 0.2),
    (1.5, -200.0, "1/2", 0.5, -2.0, 0.5),
    (2.0, 100.0, "1/1", 1.0, 1.0, 1.0),
    (2.5, 150.0, "3/2", 1.5, 1.5, -1 / 1.5),
    (3.5, 250.0, "5/2", 2.5, 2.5, -0.4),
    (11.0, 1000.0, "10/1", 10.0, 10.0, -0.1),
]
NUMERIC = ("decimal", "american", "hong_kong", "indonesian", "malay")


@pytest.mark.parametrize(("decimal", "american", "fractional", "hong_kong", "indonesian", "malay"), TABLE)
def test_the_usual_table_holds_both_ways(decimal, american, fractional, hong_kong, indonesian, malay):
    figures = {
        "decimal": decimal,
        "american": american,
        "hong_kong": hong_kong,
        "indonesian": indonesian,
        "malay": malay,
    }
    for odds_format, figure in figures.items():
        assert from_decimal(decimal, odds_format) == pytest.approx(figure, rel=1e-12)
        assert to_decimal(figure, odds_format) == pytest.approx(decimal, rel=1e-12)
    assert from_decimal(decimal, "fractional") == fractional
    assert to_decimal(fractional, "fractional") == pytest.approx(decimal)


@pytest.mark.parametrize("odds_format", NUMERIC)
@given(price=st.floats(1.001, 1e5))
def test_a_price_survives_being_written_and_read(odds_format, price):
    assert to_decimal(from_decimal(price, odds_format), odds_format) == pytest.approx(price, rel=1e-12)


@given(price=st.floats(1.0001, 1e4))
def test_a_fraction_is_within_half_a_hundredth_of_the_profit(price):
    again = to_decimal(from_decimal(price, "fractional"), "fractional")
    assert abs(again - price) <= 0.005


@given(numerator=st.integers(1, 500), denominator=st.integers(1, 100))
def test_a_written_fraction_comes_back_in_lowest_terms(numerator, denominator):
    text = from_decimal(to_decimal(f"{numerator}/{denominator}", "fractional"), "fractional")
    assert to_decimal(text, "fractional") == pytest.approx(1 + numerator / denominator, rel=1e-12)


@given(cents=st.integers(100, 20_000), odds_on=st.booleans())
def test_a_whole_american_price_comes_back_whole(cents, odds_on):
    american = -cents if odds_on and cents != 100 else cents
    assert american_text(to_decimal(american, "american")) == f"{american:+d}"


@given(tick=st.integers(0, 349))
def test_ticks_count_the_rungs_of_the_betfair_ladder(tick):
    price = to_decimal(tick, "ticks")
    assert price == BETFAIR.price(tick)
    assert from_decimal(price, "ticks") == tick


@pytest.mark.parametrize("text", ["+150", " 150 ", "150.0", "EVEN", "evs"])
def test_american_is_read_as_it_is_written(text):
    assert to_decimal(text, "american") == (2.0 if "v" in text.lower() else 2.5)


@pytest.mark.parametrize(
    ("text", "decimal"), [("5/2", 3.5), ("5-2", 3.5), ("Evens", 2.0), ("1.5", 2.5), ("100/30", 13 / 3)]
)
def test_fractions_are_read_as_they_are_written(text, decimal):
    assert to_decimal(text, "fractional") == pytest.approx(decimal)


@pytest.mark.parametrize(
    ("value", "odds_format"),
    [
        (50, "american"),
        (-99, "american"),
        ("5/0", "fractional"),
        ("5/x", "fractional"),
        ("", "fractional"),
        (0.5, "indonesian"),
        (1.2, "malay"),
        (0, "malay"),
        (-0.5, "hong_kong"),
        (1.0, "decimal"),
        ("two", "decimal"),
        (3.5, "ticks"),
        (350, "ticks"),
        *((float("nan"), odds_format) for odds_format in FORMATS),
        *((float("inf"), odds_format) for odds_format in FORMATS),
    ],
)
def test_what_is_no_price_in_a_format_is_refused(value, odds_format):
    with pytest.raises(ValueError):
        to_decimal(value, odds_format)


@pytest.mark.parametrize("odds_format", FORMATS)
@pytest.mark.parametrize("price", [1.0, 0.0, -3.0, float("nan"), float("inf")])
def test_what_is_no_decimal_price_is_not_written(odds_format, price):
    with pytest.raises(ValueError, match="above 1"):
        from_decimal(price, odds_format)


def test_an_unknown_format_is_named():
    with pytest.raises(ValueError, match="unknown odds format 'roman'"):
        to_decimal(2, "roman")
