import pytest

from domain.markets import TYPES, outcomes_of, parse, type_of, winners_of


@pytest.mark.parametrize(
    ("name", "key", "line"),
    [
        ("1x2", "1x2", 0.0),
        ("ml", "ml", 0.0),
        ("ou:2.5", "ou", 2.5),
        ("ah:-0.25", "ah", -0.25),
        ("ah:0", "ah", 0.0),
    ],
)
def test_a_name_says_type_and_line(name, key, line):
    market = parse(name)
    assert (market.type.key, market.line, market.name) == (key, line, name)


@pytest.mark.parametrize(("name", "canonical"), [("ou:2.50", "ou:2.5"), ("ah:-0", "ah:0"), ("ah:+1", "ah:1")])
def test_a_line_has_one_spelling(name, canonical):
    assert parse(name).name == canonical


@pytest.mark.parametrize(
    "name", ["", "2x1", "ou", "ou:", "ou:x", "ou:nan", "ou:-2.5", "1x2:1", "ml:", "ah:inf"]
)
def test_a_name_that_says_nothing_is_refused(name):
    with pytest.raises(ValueError, match="market"):
        parse(name)


def test_the_order_of_outcomes_is_fixed_by_the_type():
    assert outcomes_of("1x2") == ("home", "draw", "away")
    assert outcomes_of("ou:2.5", [{"under", "over"}]) == ("over", "under")
    assert outcomes_of("ah:-0.5") == outcomes_of("ml") == ("home", "away")
    assert all(len(set(kind.outcomes)) == len(kind.outcomes) for kind in TYPES.values())


def test_where_the_type_does_not_fix_them_most_books_do():
    seen = [{"1-0": 7.0, "0-0": 9.0}, {"0-0": 8.0, "1-0": 7.0}, {"1-0": 6.0}, {}]
    assert outcomes_of("cs", seen) == ("0-0", "1-0")
    assert outcomes_of("winner", reversed(seen)) == ("0-0", "1-0")
    assert outcomes_of("winner") == ()


def test_equal_votes_go_to_the_larger_set_whatever_their_order():
    seen = [{"a", "b"}, {"a", "b", "c"}, {"b", "c", "d"}]
    assert outcomes_of("winner", seen) == outcomes_of("winner", reversed(seen)) == ("a", "b", "c")


def test_double_chance_has_two_winners():
    assert winners_of("dc") == 2
    assert winners_of("1x2") == winners_of("something:1") == 1
    assert type_of("something:1") == "something"
