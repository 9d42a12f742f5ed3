import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import Bet, Leg, OperatorCommand, Quote, Result
from schemas.catalogue import CATALOGUE
from schemas.export import GOLDEN_DIR

QUOTE = json.loads((GOLDEN_DIR / "odds.quotes.v1" / "full.json").read_text())
BET = json.loads((GOLDEN_DIR / "bets.placed.v1" / "full.json").read_text())


def refused(model, data) -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(text)
    return caught.value.errors()[0]["type"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_price_that_is_no_finite_number_is_refused(number: str) -> None:
    text = json.dumps(QUOTE).replace("1.25", number)
    assert number in text
    assert refused(Quote, text) in {"finite_number", "less_than_equal", "greater_than", "json_invalid"}


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_a_figure_without_bounds_refuses_nan_too(number: str) -> None:
    text = json.dumps(BET).replace("1.27", number)
    assert number in text
    assert refused(Bet, text) == "finite_number"


@pytest.mark.parametrize("price", [1.0, 1, 0.99, 0.0, -2.0, 1_000_001.0])
def test_a_quoted_price_of_one_or_less_or_beyond_a_million_is_refused(price: float) -> None:
    assert refused(Quote, QUOTE | {"prices": {"home": price}}) in {"greater_than", "less_than_equal"}


@given(price=st.floats(min_value=1.0, max_value=1e6, exclude_min=True))
def test_any_other_price_is_taken_and_comes_back_the_same(price: float) -> None:
    quote = Quote.model_validate_json(json.dumps(QUOTE | {"prices": {"home": price}}))
    assert Quote.model_validate_json(quote.model_dump_json()).prices["home"] == price


@pytest.mark.parametrize("value", [True, False, "2.5", "", None, [2.5], {"price": 2.5}])
def test_what_is_no_number_is_no_price(value: object) -> None:
    assert refused(Quote, QUOTE | {"prices": {"home": value}}) == "float_type"


@pytest.mark.parametrize("value", [True, "100", 100.5, 100.0, None])
def test_a_stake_is_a_whole_number(value: object) -> None:
    assert refused(Bet, BET | {"stake": value}) == "int_type"


@pytest.mark.parametrize("value", [True, "1782057600000", -1, 253_402_300_800_000])
def test_an_instant_is_milliseconds_up_to_the_year_9999(value: object) -> None:
    kind = refused(Quote, QUOTE | {"event_time_ms": value})
    assert kind in {"int_type", "greater_than_equal", "less_than_equal"}


@pytest.mark.parametrize("name", ["", "a|b", "|", "a\nb", "a\n", "\x00", "x" * 201])
def test_a_name_has_no_bar_no_control_character_and_a_length(name: str) -> None:
    assert refused(Quote, QUOTE | {"event_id": name}).startswith("string_")
    assert refused(Quote, QUOTE | {"prices": {name: 2.0}}).startswith("string_")


@given(
    name=st.text(
        st.characters(blacklist_characters="|", blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=200
    )
)
def test_any_other_text_is_a_name(name: str) -> None:
    assert Quote.model_validate_json(json.dumps(QUOTE | {"event_id": name})).event_id == name


@pytest.mark.parametrize("subject", CATALOGUE)
def test_each_required_field_is_missed_and_each_unknown_one_ignored(subject: str) -> None:
    model = CATALOGUE[subject]
    minimal = json.loads((GOLDEN_DIR / subject / "minimal.json").read_text())
    for name in minimal:
        without = {key: value for key, value in minimal.items() if key != name}
        assert refused(model, without) == "missing"
    more = model.model_validate_json(json.dumps(minimal | {"of_a_later_version": {"x": [1]}}))
    assert more == model.model_validate_json(json.dumps(minimal))
    assert "of_a_later_version" not in more.model_dump_json()


@pytest.mark.parametrize("subject", CATALOGUE)
@pytest.mark.parametrize("text", ["", "{", "null", "[]", "0", '"x"', "\xff"])
def test_what_is_no_object_is_refused(subject: str, text: str) -> None:
    with pytest.raises(ValidationError):
        CATALOGUE[subject].model_validate_json(text.encode("latin-1"))


def test_a_value_outside_an_enum_is_refused() -> None:
    result = {"event_id": "e", "status": "abandoned", "event_time_ms": 0}
    assert refused(Result, result) == "literal_error"
    command = {"operator": "o", "command_id": "c", "kind": "halt", "issued_by": "i", "event_time_ms": 0}
    assert refused(OperatorCommand, command) == "literal_error"


def test_a_bet_has_one_to_twelve_legs() -> None:
    assert refused(Bet, BET | {"legs": []}) == "too_short"
    assert refused(Bet, BET | {"legs": BET["legs"] * 13}) == "too_long"


def test_a_bet_without_a_sensible_stake_or_price_is_a_rules_matter_not_the_schemas() -> None:
    legs = [BET["legs"][0] | {"price": 0.5}]
    assert Bet.model_validate_json(json.dumps(BET | {"stake": -1, "legs": legs})).stake == -1


def test_a_message_cannot_be_changed() -> None:
    leg = Leg.model_validate(BET["legs"][0])
    with pytest.raises(ValidationError):
        leg.price = 3.0
