"""Kinds of bets: their lines, and what goes with how many legs."""

from math import comb

import pytest

from domain.bets import KINDS, kind_of, lines_of


@pytest.mark.parametrize(
    ("kind", "legs", "lines"),
    [
        ("single", 1, 1),
        ("multiple", 2, 1),
        ("multiple", 12, 1),
        ("same_game", 3, 1),
        ("trixie", 3, 4),
        ("patent", 3, 7),
        ("yankee", 4, 11),
        ("lucky15", 4, 15),
        ("canadian", 5, 26),
        ("lucky31", 5, 31),
        ("heinz", 6, 57),
        ("lucky63", 6, 63),
        ("super_heinz", 7, 120),
        ("goliath", 8, 247),
        ("2-of-5", 5, 10),
        ("6-of-12", 12, 924),
        ("4-of-4", 4, 1),
    ],
)
def test_a_kind_has_the_lines_that_its_name_promises(kind, legs, lines):
    found = lines_of(kind, legs)
    assert len(found) == len(set(found)) == lines
    assert {index for line in found for index in line} == set(range(legs))


@pytest.mark.parametrize("legs", range(2, 13))
def test_n_of_m_is_every_combination(legs):
    for size in range(1, legs + 1):
        assert len(lines_of(f"{size}-of-{legs}", legs)) == comb(legs, size)


@pytest.mark.parametrize("kind", ["accumulator", "5-of-4", "0-of-3", "2-of-13", "2-of-", "02-of-3", ""])
def test_an_unknown_kind_is_none(kind):
    assert kind_of(kind) is None
    with pytest.raises(ValueError, match="unknown kind"):
        lines_of(kind, 3)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_refuses_another_number_of_legs(kind):
    most = KINDS[kind].most
    with pytest.raises(ValueError, match="legs, not"):
        lines_of(kind, most + 1)
