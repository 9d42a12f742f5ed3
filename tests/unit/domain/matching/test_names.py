import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching import category, similarity
from domain.matching.names import plain, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Man United", "Manchester United FC"),
        ("Nott'm Forest", "Nottingham Forest"),
        ("1. FC Köln", "FC Koln 1"),
        ("FK Bodø/Glimt", "Bodo Glimt"),
        ("USA", "United States"),
        ("Wolves", "Wolverhampton Wanderers"),
        ("Arsenal Women", "Arsenal W"),
        ("Rakow Częstochowa", "RAKOW CZESTOCHOWA"),
    ],
)
def test_the_same_name_written_otherwise_is_the_same(one, other):
    assert similarity(one, other) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kashima", "Kashima Antlers"),
        ("Rapid Vienna", "SK Rapid"),
        ("G-Osaka", "Gamba Osaka"),
        ("Djokovic N.", "Novak Djokovic"),
        ("Univ. Craiova", "U Craiova"),
        ("Brighton", "Brighton and Hove Albion"),
    ],
)
def test_a_part_or_an_abbreviation_goes_with_the_whole(one, other):
    assert similarity(one, other) >= 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Manchester United", "Manchester City"),
        ("Sheffield United", "Sheffield Weds"),
        ("Real Madrid", "Atletico Madrid"),
        ("Williams S.", "Williams V."),
        ("Bayern Munich", "Munich 1860"),
        ("Cerezo Osaka", "G-Osaka"),
        ("Inter", "Inter Miami"),
    ],
)
def test_a_neighbour_is_another(one, other):
    assert similarity(one, other) < 0.6


names = st.text("abcdefgh .-üø", min_size=1, max_size=20)


@given(one=names, other=names)
def test_similarity_is_symmetric_and_between_0_and_1(one, other):
    assert similarity(one, other) == similarity(other, one)
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, one) == 1.0


@pytest.mark.parametrize(
    ("name", "competition", "expected"),
    [
        ("Arsenal", "", (False, "", False)),
        ("Arsenal W", "", (True, "", False)),
        ("Chelsea (W)", "", (True, "", False)),
        ("Chelsea", "Women's Super League", (True, "", False)),
        ("Lyon Féminin", "", (True, "", False)),
        ("England U21", "", (False, "21", False)),
        ("England", "Euro Under-19", (False, "19", False)),
        ("Barcelona B", "", (False, "", True)),
        ("Jong Ajax", "", (False, "", True)),
        ("Bayern Munich II", "", (False, "", True)),
        ("West Ham", "", (False, "", False)),
    ],
)
def test_women_youth_and_reserves_are_told_from_the_first_side(name, competition, expected):
    assert category(name, competition) == expected


def test_a_name_of_nothing_but_forms_keeps_them():
    assert tokens("AC") == ("ac",)
    assert tokens("Club") == ("club",)
    assert plain("  St. Gallen'  ") == "st gallen"
