import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, JsonValue

from schemas.catalogue import CATALOGUE
from schemas.export import GOLDEN_DIR, schema_of

FILES = sorted(GOLDEN_DIR.glob("*/*.json"))


def names(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def fields(value: object, prefix: str = "") -> set[str]:
    """The fields that were given, nested ones too, as ``Message.field``."""
    if isinstance(value, BaseModel):
        own = {f"{type(value).__name__}.{name}" for name in value.model_fields_set}
        return own.union(*(fields(getattr(value, name)) for name in value.model_fields_set))
    if isinstance(value, dict):
        return set().union(*map(fields, value.values()))
    if isinstance(value, list):
        return set().union(*map(fields, value))
    return set()


def declared(node: JsonValue, schema: dict) -> set[str]:
    parts = [schema, *schema.get("$defs", {}).values()]
    titles = [schema["title"], *schema.get("$defs", {})]
    return {
        f"{title}.{name}" for title, part in zip(titles, parts, strict=True) for name in part["properties"]
    }


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_golden_message_parses_and_comes_back_byte_for_byte(path: Path) -> None:
    message = CATALOGUE[path.parent.name].model_validate_json(path.read_bytes())
    assert message.model_dump_json(exclude_unset=True).encode() + b"\n" == path.read_bytes()


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_golden_message_fits_its_json_schema(path: Path) -> None:
    Draft202012Validator(schema_of(path.parent.name)).validate(json.loads(path.read_text()))


@pytest.mark.parametrize("subject", CATALOGUE)
def test_each_message_has_a_minimal_golden_with_required_fields_only(subject: str) -> None:
    minimal = json.loads((GOLDEN_DIR / subject / "minimal.json").read_text())
    assert sorted(minimal) == sorted(schema_of(subject)["required"])


@pytest.mark.parametrize("subject", CATALOGUE)
def test_every_field_of_a_message_is_in_one_of_its_goldens(subject: str) -> None:
    seen = set().union(
        *(
            fields(CATALOGUE[subject].model_validate_json(path.read_bytes()))
            for path in FILES
            if path.parent.name == subject
        )
    )
    schema = schema_of(subject)
    assert declared(schema, schema) == seen, f"add a golden message to schemas/golden/{subject}/"


def test_every_golden_message_belongs_to_a_subject() -> None:
    assert {path.parent.name for path in FILES} == set(CATALOGUE)
