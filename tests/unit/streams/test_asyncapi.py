import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from schemas import Quote
from streams import asyncapi
from streams.topics import SHARED, offered

DOCUMENT = asyncapi.document()


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(reference: str) -> object:
    node = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_the_generated_files_are_current() -> None:
    assert asyncapi.main(["--check"]) == 0


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert found
    assert all(resolved(reference) for reference in found)


@pytest.mark.parametrize("topic", [*SHARED, offered("{operator}")], ids=lambda topic: topic.name)
def test_every_topic_is_a_channel_with_key_cleanup_and_operation(topic) -> None:
    name = asyncapi.subject(topic)
    channel = DOCUMENT["channels"][name]
    assert channel["address"] == topic.name
    assert channel["x-key"] == topic.key
    configuration = channel["bindings"]["kafka"]["topicConfiguration"]
    assert configuration["cleanup.policy"] == [topic.cleanup]
    assert configuration.get("retention.ms", topic.retention_ms) == topic.retention_ms
    (message,) = channel["messages"].values()
    assert resolved(message["$ref"])["payload"] == {"$ref": f"#/components/schemas/{topic.message.__name__}"}
    actions = {operation for operation in DOCUMENT["operations"] if operation.partition(".")[2] == name}
    wanted = {"in": {"receive"}, "between": {"receive", "send"}, "out": {"send"}}[topic.flow]
    assert actions == {f"{action}.{name}" for action in wanted}


def test_the_operators_topics_take_the_operator_as_a_parameter() -> None:
    channel = DOCUMENT["channels"]["prices.offered.v1"]
    assert channel["address"] == "prices.offered.{operator}.v1"
    assert list(channel["parameters"]) == ["operator"]


def test_every_example_fits_its_payload() -> None:
    registry = Registry().with_resource("urn:doc", Resource(DOCUMENT, DRAFT202012))
    for message in DOCUMENT["components"]["messages"].values():
        schema = {"$ref": "urn:doc" + message["payload"]["$ref"]}
        assert len(message["examples"]) >= 2
        for example in message["examples"]:
            Draft202012Validator(schema, registry=registry).validate(example["payload"])


def test_the_schemas_also_read_as_draft_7_which_asyncapi_builds_on() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)
        assert "$defs" not in json.dumps(schema)


def test_a_topic_without_a_place_in_the_catalogue_is_named(monkeypatch, capsys) -> None:
    stray = (*asyncapi.topics(), offered("x"))
    monkeypatch.setattr(asyncapi, "topics", lambda: stray)
    assert asyncapi.main(["--check"]) == 1
    assert "prices.offered.x.v1" in capsys.readouterr().err


def test_check_says_what_to_run_when_a_file_is_old(tmp_path, monkeypatch, capsys) -> None:
    old = tmp_path / "asyncapi.json"
    old.write_text(json.dumps(DOCUMENT | {"asyncapi": "2.6.0"}))
    monkeypatch.setattr(asyncapi, "DOCUMENT", old)
    assert asyncapi.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{old}: out of date",
        "run: python -m streams.asyncapi --write",
    ]


def test_the_document_speaks_of_the_quote_as_its_docstring_does() -> None:
    assert DOCUMENT["channels"]["odds.quotes.v1"]["summary"] == (Quote.__doc__ or "").splitlines()[0]
