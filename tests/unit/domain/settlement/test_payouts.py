"""What bets pay, against a naive reference in exact fractions."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bets import lines_of
from domain.settlement import LOST, VOID, WON, Graded, bet_payout
from domain.settlement.grades import HALF_LOST, HALF_WON
from schemas import Grade

SIZES = {
    "trixie": (3, (2, 3)),
    "patent": (3, (1, 2, 3)),
    "yankee": (4, (2, 3, 4)),
    "lucky15": (4, (1, 2, 3, 4)),
    "canadian": (5, (2, 3, 4, 5)),
    "lucky31": (5, (1, 2, 3, 4, 5)),
    "heinz": (6, (2, 3, 4, 5, 6)),
    "lucky63": (6, (1, 2, 3, 4, 5, 6)),
    "super_heinz": (7, (2, 3, 4, 5, 6, 7)),
    "goliath": (8, (2, 3, 4, 5, 6, 7, 8)),
    "3-of-5": (5, (3,)),
    "single": (1, (1,)),
    "multiple": (4, (4,)),
}

grades = st.one_of(
    st.sampled_from([WON, WON, LOST, VOID, HALF_WON, HALF_LOST]),
    st.builds(
        lambda of, win, percent: Grade(win=min(win, of), refund=0, of=of, deduction=percent),
        st.integers(1, 5),
        st.integers(0, 5),
        st.integers(0, 90),
    ),
)
legs = st.builds(
    lambda cents, win, place, of: Graded(cents / 100, win, place, of),
    st.integers(101, 5_000),
    grades,
    grades,
    st.integers(1, 5),
)


@st.composite
def bets(draw):
    kind = draw(st.sampled_from(sorted(SIZES)))
    count, _ = SIZES[kind]
    each_way = draw(st.booleans())
    parts = len(lines_of(kind, count)) * (2 if each_way else 1)
    return (
        kind,
        draw(st.integers(1, 50_000)) * parts,
        draw(st.lists(legs, min_size=count, max_size=count)),
        each_way,
    )


def returned(price, grade):
    """What one unit on a leg comes to: shares of the stake won, refunded and lost."""
    won, back = Fraction(grade.win, grade.of), Fraction(grade.refund, grade.of)
    return won * (1 + (price - 1) * (1 - Fraction(grade.deduction, 100))) + back


def naive(kind, stake, legs, each_way):
    _, sizes = SIZES[kind]
    lines = [line for size in sizes for line in combinations(legs, size)]
    unit = Fraction(stake, len(lines) * (2 if each_way else 1))
    total = 0
    for line in lines:
        win, place = unit, unit
        for leg in line:
            price = Fraction(str(leg.price))
            win *= returned(price, leg.win)
            place *= returned(1 + (price - 1) / leg.place_of, leg.place)
        total += win.__floor__() + (place.__floor__() if each_way else 0)
    return total


@settings(max_examples=60, deadline=None)
@given(bets())
def test_a_bet_pays_what_exact_fractions_say(bet):
    kind, stake, legs, each_way = bet
    assert bet_payout(kind, stake, legs, each_way=each_way) == naive(kind, stake, legs, each_way)


@pytest.mark.parametrize(
    ("grade", "pays"),
    [
        (WON, 2_500),
        (LOST, 0),
        (VOID, 1_000),
        (HALF_WON, 1_750),
        (HALF_LOST, 500),
        (Grade(win=1, refund=0, of=2), 1_250),
        (Grade(win=1, refund=0, of=1, deduction=20), 2_200),
    ],
)
def test_a_single_pays_by_its_grade(grade, pays):
    assert bet_payout("single", 1_000, [Graded(2.5, grade)]) == pays


def test_an_each_way_bet_pays_its_two_parts():
    placed = Graded(9.0, LOST, WON, 4)
    assert bet_payout("single", 2_000, [placed], each_way=True) == 1_000 * 3
    won = Graded(9.0, WON, WON, 4)
    assert bet_payout("single", 2_000, [won], each_way=True) == 9_000 + 3_000


def test_a_line_is_rounded_down_once_and_by_itself():
    legs = [Graded(1.33, WON)] * 3
    # a line of two pays 100 x 1.7689, the treble 100 x 2.352637
    assert bet_payout("trixie", 400, legs) == 3 * 176 + 235


def test_a_stake_that_lines_cannot_share_is_refused():
    with pytest.raises(ValueError, match="cannot share"):
        bet_payout("trixie", 401, [Graded(2.0, WON)] * 3)


@pytest.mark.parametrize(
    ("grades", "pays"), [([WON, WON], 4_200), ([WON, LOST], 0), ([VOID, LOST], 0), ([WON, VOID], 1_000)]
)
def test_a_same_game_multiple_pays_its_own_price_or_is_void_as_a_whole(grades, pays):
    legs = [Graded(2.0, grade) for grade in grades]
    assert bet_payout("same_game", 1_000, legs, price=4.2) == pays
