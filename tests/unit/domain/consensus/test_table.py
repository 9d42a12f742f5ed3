import pytest

from domain.consensus import BookQuote, ConsensusConfig, ConsensusRule, ConsensusTable, consensus


def test_without_rules_every_market_has_the_default_settings_under_no_name():
    table = ConsensusTable()
    assert table.of("soccer", "1x2") == ("", ConsensusConfig())
    assert table.named("") == ConsensusConfig()


def test_a_rule_holds_for_its_sport_and_market_type_only():
    table = ConsensusTable([ConsensusRule("soccer", "ou", {"half_life_s": 900.0})])
    assert table.of("soccer", "ou:2.5")[1].half_life_s == 900.0
    for sport, market in (("soccer", "1x2"), ("hockey", "ou:5.5"), ("", "ou:2.5")):
        assert table.of(sport, market) == ("", ConsensusConfig())


def test_of_several_rules_the_later_wins_and_books_add_up():
    table = ConsensusTable(
        [
            ConsensusRule(settings={"sharpness": {"a": 2.0, "b": 0.0}, "min_books": 2}),
            ConsensusRule("soccer", settings={"sharpness": {"a": 3.0}, "max_age_by_book": {"a": 60.0}}),
        ]
    )
    found = table.of("soccer", "1x2")[1]
    assert (found.sharpness["a"], found.sharpness["b"], found.sharpness["pinnacle"]) == (3.0, 0.0, 10.0)
    assert (found.min_books, found.max_age_by_book) == (2, {"a": 60.0})
    assert table.of("tennis", "ml")[1].sharpness["a"] == 2.0


def test_the_same_settings_have_the_same_name_in_every_process_and_others_another():
    rules = [ConsensusRule("soccer", "ou", {"min_books": 3}), ConsensusRule("tennis", "ml", {"min_books": 3})]
    one, other = ConsensusTable(rules), ConsensusTable(reversed(rules))
    assert one.of("soccer", "ou:2.5")[0] == other.of("tennis", "ml")[0] != ""
    assert (
        ConsensusTable([ConsensusRule(settings={"min_books": 4})]).of("", "")[0] != one.of("tennis", "ml")[0]
    )
    name, config = one.of("soccer", "ou:2.5")
    assert other.named(name) == config


def test_a_setting_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no setting 'min_bocks'"):
        ConsensusTable([ConsensusRule(settings={"min_bocks": 3})])


@pytest.mark.parametrize(
    ("settings", "shortfall", "rejected"),
    [
        ({"mandatory": ("c",)}, "mandatory", {}),
        ({"min_books": 3}, "few_books", {}),
        ({"price_range": (1.01, 1.95)}, "few_books", {"a": "range", "b": "range"}),
        ({"max_age_by_book": {"b": 5.0}}, None, {"b": "stale"}),
        ({"sharpness": {"b": 0.0}}, None, {"b": "excluded"}),
    ],
)
def test_what_is_set_decides_who_counts(settings, shortfall, rejected):
    config = ConsensusTable([ConsensusRule(settings=settings)]).of("soccer", "ou:2.5")[1]
    quotes = [BookQuote(book, {"over": 1.9, "under": 2.0}, 10.0) for book in "ab"]
    found = consensus(("over", "under"), quotes, config)
    assert (found.shortfall, found.rejected) == (shortfall, rejected)
