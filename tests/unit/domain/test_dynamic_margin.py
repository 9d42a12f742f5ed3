import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dynamic_margin import MarketRisk, confidence_of, risk_of, sharp_part, target_overround
from schemas import (
    BookShare,
    DynamicMargin,
    FairPrice,
    MarginProfile,
    MarketExposure,
    OperatorProfile,
    TimeFactor,
)

TIMES = [TimeFactor(within_h=24.0, factor=1.5), TimeFactor(within_h=1.0, factor=1.0)]
MOVED = DynamicMargin(
    sports={"tennis": 1.2},
    competitions={"fourth tier": 1.5},
    times=TIMES,
    distrust=1.0,
    sharp=0.5,
    exposure=0.4,
)
MARGIN = MarginProfile(overround=1.05, dynamic=MOVED)


@pytest.mark.parametrize(
    ("risk", "factor"),
    [
        (MarketRisk(), 1.0),
        (MarketRisk(sport="tennis"), 1.2),
        (MarketRisk(competition="fourth tier"), 1.5),
        (MarketRisk(hours=0.5), 1.0),
        (MarketRisk(hours=5.0), 1.5),
        (MarketRisk(hours=500.0), 1.5),
        (MarketRisk(confidence=0.25), 1.75),
        (MarketRisk(sharp=0.6), 1.3),
        (MarketRisk(load=1.0), 1.4),
        (MarketRisk(sport="tennis", load=1.0), 1.2 * 1.4),
    ],
)
def test_each_thing_that_moves_the_margin_multiplies_it(risk, factor):
    assert target_overround(MARGIN, risk) == pytest.approx(1 + 0.05 * factor)


def test_without_settings_nothing_moves_it_and_with_them_it_has_an_upper_end():
    everything = MarketRisk("tennis", "fourth tier", 500.0, 0.0, 1.0, 1.0)
    assert target_overround(MarginProfile(overround=1.05), everything) == 1.05
    low = MarginProfile(overround=1.05, dynamic=MOVED.model_copy(update={"most": 1.1}))
    assert target_overround(low, everything) == 1.1


@given(st.integers(0, 20), st.floats(0, 0.5), st.floats(0, 0.5))
def test_more_books_and_more_agreement_never_widen_a_margin(books, apart, more):
    assert 0 <= confidence_of(books, apart + more) <= confidence_of(books, apart) <= 1
    assert confidence_of(books, apart) <= confidence_of(books + 1, apart)


def test_the_risk_is_read_off_the_fair_price_and_the_book():
    shares = [BookShare(book=f"b{n}", partition=0, offset=n, weight=0.25) for n in range(4)]
    fair = FairPrice(
        event_id="e",
        market="1x2",
        sequence=1,
        probabilities={"home": 0.5, "draw": 0.3, "away": 0.2},
        books=shares,
        model="consensus",
        disagreement=0.03,
        event_time_ms=0,
        as_of_ms=0,
    )
    book = MarketExposure(stakes=10_000, payouts={"home": 60_000}, sharp=2_500)
    profile = OperatorProfile(operator="north", version=1, market_limit=200_000)
    risk = risk_of(fair, book, profile, sport="soccer", competition="cup", hours=2.0)
    assert risk == MarketRisk("soccer", "cup", 2.0, 0.25, 0.25, 0.25)


def test_a_stake_is_a_sharps_by_what_the_stake_factor_takes():
    assert [sharp_part(1_000, factor) for factor in (0.0, 0.1, 1.0, 3.0)] == [1_000, 900, 0, 0]
