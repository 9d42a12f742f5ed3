import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ladder import BETFAIR, LADDERS, TWO_DECIMALS, Ladder, round_down

prices = st.floats(1.01, 1000.0)


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
@given(price=prices)
def test_a_price_is_rounded_to_the_rung_below_it_and_by_less_than_one_step(ladder, price):
    rung = ladder.round_down(price)
    tick = ladder.tick(price)
    assert 1.0 < rung <= price * (1 + 1e-9)
    assert ladder.price(tick) == rung
    if rung < ladder.highest:
        assert ladder.price(tick + 1) > price


@pytest.mark.parametrize("ladder", [BETFAIR, TWO_DECIMALS])
@given(data=st.data())
def test_a_rung_is_its_own_rung(ladder, data):
    tick = data.draw(st.integers(0, len(ladder) - 1))
    price = ladder.price(tick)
    assert ladder.round_down(price) == price
    assert ladder.tick(price) == tick
    assert ladder.round_down(1.0 / (1.0 / price)) == price


def test_betfair_has_350_rungs_from_1_01_to_1000():
    assert len(BETFAIR) == 350
    assert (BETFAIR.price(0), BETFAIR.price(349)) == (1.01, 1000.0)
    assert [BETFAIR.round_down(p) for p in (1.999, 2.03, 3.04, 5.55, 9.9, 29.9, 49.0, 87.0, 999.0)] == [
        *(1.99, 2.02, 3.0, 5.5, 9.8, 29.0, 48.0, 85.0, 990.0)
    ]


def test_a_price_off_the_ladder_gets_its_nearest_end():
    assert round_down(1.0004) == TWO_DECIMALS.lowest == 1.01
    assert round_down(0.2) == 1.01
    assert BETFAIR.round_down(5000.0) == 1000.0


@pytest.mark.parametrize("price", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(price):
    with pytest.raises(ValueError, match="not a price"):
        round_down(price)


def test_a_ladder_of_ones_own():
    quarters = Ladder(((1.25, 0.25), (3.0, 0.5)), 5.0)
    assert [quarters.price(tick) for tick in range(len(quarters))] == [
        *(1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0)
    ]
    with pytest.raises(ValueError, match="no tick 12"):
        quarters.price(12)
    with pytest.raises(ValueError, match="no tick -1"):
        quarters.price(-1)


@pytest.mark.parametrize(
    ("bands", "highest"),
    [
        ((), 2.0),
        (((1.0, 0.1),), 2.0),
        (((1.1, 0.2),), 2.0),
        (((1.5, 0.1), (1.2, 0.1)), 2.0),
        (((1.1, 0.0),), 2.0),
    ],
)
def test_a_ladder_that_does_not_fit_together_is_refused(bands, highest):
    with pytest.raises(ValueError, match=r"ladder|band"):
        Ladder(bands, highest)
