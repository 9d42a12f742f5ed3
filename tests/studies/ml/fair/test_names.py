import pytest

from ml.fair.library import Library
from ml.fair.model import FairModel
from ml.fair.names import COMPETITIONS, Names


@pytest.fixture(scope="module")
def names() -> Names:
    return Library(FairModel).shipped("1x2").names


@pytest.mark.parametrize(
    ("competition", "name", "known"),
    [
        ("EPL", "Wolverhampton Wanderers", "Wolves"),
        ("EPL", "Nottingham Forest", "Nott'm Forest"),
        ("EPL", "Brighton and Hove Albion", "Brighton"),
        ("Championship", "Sheffield Wednesday", "Sheffield Weds"),
        ("La Liga - Spain", "Atlético Madrid", "Ath Madrid"),
        ("La Liga - Spain", "Athletic Bilbao", "Ath Bilbao"),
        ("Bundesliga - Germany", "Borussia Monchengladbach", "M'gladbach"),
        ("Serie A - Italy", "Inter Milan", "Inter"),
        ("Ligue 1 - France", "Paris Saint Germain", "Paris SG"),
        ("E0", "Man United", "Man United"),
        ("Brazil Serie A", "Flamengo RJ", "Flamengo RJ"),
        ("USA MLS", "Los Angeles Galaxy", "Los Angeles Galaxy"),
    ],
)
def test_a_team_of_another_feed_is_found(names, competition, name, known):
    assert names.team(names.competition(competition), name) == known


def test_every_competition_that_is_named_is_one_that_the_model_knows(names):
    assert [name for name in COMPETITIONS if names.competition(name) == name] == []


@pytest.mark.parametrize(
    ("competition", "name"),
    [("EPL", "Manchester"), ("EPL", "Arsenal Women"), ("EPL", "Real Madrid"), ("FIFA World Cup", "Spain")],
)
def test_a_team_that_is_not_clearly_one_of_the_known_keeps_its_name(names, competition, name):
    assert names.team(names.competition(competition), name) == name
