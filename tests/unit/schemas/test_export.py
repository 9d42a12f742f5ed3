import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

import schemas
from schemas import export
from schemas.base import Message
from schemas.catalogue import CATALOGUE


@pytest.mark.parametrize("subject", CATALOGUE)
def test_every_file_is_a_valid_json_schema_and_current(subject: str) -> None:
    text = (export.JSON_DIR / f"{subject}.json").read_text()
    assert text == export.files()[export.JSON_DIR / f"{subject}.json"], (
        "run: python -m streams.asyncapi --write"
    )
    Draft202012Validator.check_schema(json.loads(text))


def test_every_message_of_the_package_is_in_the_catalogue_or_inside_one_that_is() -> None:
    reached = {model.__name__ for message in CATALOGUE.values() for model in export._messages(message)}
    assert reached == set(schemas.__all__)


def test_every_field_is_described_where_its_docstring_says_something() -> None:
    prices = export.schema_of("odds.quotes.v1")["properties"]["prices"]
    assert prices["description"].startswith("Decimal odds by outcome.")
    exposure = export.schema_of("book.exposure.v1")
    assert "Parameters" not in json.dumps(exposure)
    assert "minor units" in exposure["$defs"]["MarketExposure"]["properties"]["stakes"]["description"]


def test_a_field_with_a_default_may_be_missing() -> None:
    assert "status" not in export.schema_of("feeds.heartbeats.v1")["required"]


def test_a_map_refuses_the_names_that_the_model_refuses() -> None:
    quote = json.loads((export.GOLDEN_DIR / "odds.quotes.v1" / "full.json").read_text())
    validator = Draft202012Validator(export.schema_of("odds.quotes.v1"))
    assert validator.is_valid(quote)
    for name in ("a|b", "", "x" * 201, "tab\t"):
        assert not validator.is_valid(quote | {"prices": {name: 2.0}}), name
    assert not validator.is_valid(quote | {"prices": {"home": 1.0}})


def test_check_names_each_file_that_is_not_current_and_says_what_to_run(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(export, "JSON_DIR", tmp_path)
    assert export.main([]) == 0
    assert export.main(["--check"]) == 0
    (tmp_path / "odds.quotes.v1.json").write_text("{}\n")
    (tmp_path / "bets.placed.v1.json").unlink()
    (tmp_path / "odds.quotes.v0.json").write_text("{}\n")
    assert export.main(["--check"]) == 1
    said = capsys.readouterr().err
    for line in ("quotes.v1.json: out of date", "placed.v1.json: missing", "quotes.v0.json: of no topic"):
        assert line in said
    assert "python -m streams.asyncapi --write" in said
    assert export.main([]) == 0
    assert export.main(["--check"]) == 0


def test_nested_messages_in_lists_maps_and_options_are_found() -> None:
    class Inner(Message):
        """Inner."""

    class Outer(Message):
        """Outer."""

        one: Inner | None
        many: list[Inner]
        named: dict[str, Inner]

    found: Iterator[type[BaseModel]] = export._messages(Outer)
    assert [each.__name__ for each in found] == ["Outer", "Inner", "Inner", "Inner"]
