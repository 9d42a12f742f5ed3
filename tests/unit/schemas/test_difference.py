import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.catalogue import CATALOGUE
from schemas.difference import NARROWED, WIDENED, differences
from schemas.export import GOLDEN_DIR, schema_of

QUOTE, BET, FAIR, RESULT, COMMAND = (
    f"{name}.v1"
    for name in ("odds.quotes", "bets.placed", "prices.fair", "events.results", "operators.commands")
)

# subject, path to the node, keyword, new value (None: drop it), where, part of what is said
CHANGES = [
    (QUOTE, ["properties", "prices", "additionalProperties"], "maximum", 1e3, "prices{}", NARROWED),
    (QUOTE, ["properties", "prices", "additionalProperties"], "maximum", 1e9, "prices{}", WIDENED),
    (QUOTE, ["properties", "prices", "additionalProperties"], "exclusiveMinimum", 1.5, "prices{}", NARROWED),
    (QUOTE, ["properties", "prices", "additionalProperties"], "exclusiveMinimum", None, "prices{}", WIDENED),
    (QUOTE, ["properties", "prices", "additionalProperties"], "type", "string", "prices{}", NARROWED),
    (QUOTE, ["properties", "prices", "additionalProperties"], "multipleOf", 0.01, "prices{}", "multipleOf"),
    (QUOTE, ["properties", "prices", "propertyNames"], "maxLength", 20, "prices{key}", NARROWED),
    (QUOTE, ["properties", "book"], "pattern", "^[a-z]+$", "book", "pattern"),
    (QUOTE, ["properties", "book"], "minLength", 2, "book", NARROWED),
    (QUOTE, ["properties", "book"], "enum", ["pinnacle"], "book", NARROWED),
    (QUOTE, ["properties", "event_time_ms"], "type", "number", "event_time_ms", WIDENED),
    (QUOTE, ["properties", "event_time_ms"], "minimum", 1, "event_time_ms", "lower bound was 0, is 1"),
    (BET, ["properties", "legs"], "maxItems", 6, "legs", NARROWED),
    (BET, ["properties", "legs"], "maxItems", 20, "legs", WIDENED),
    (BET, ["$defs", "Leg", "properties", "price"], "type", "integer", "legs[].price", "no longer be number"),
    (RESULT, ["properties", "status"], "enum", ["live", "final", "void"], "status", "longer be 'rollback'"),
    (RESULT, ["properties", "status"], "enum", ["live", "final", "void", "rollback", "abandoned"], "status",
     "now be 'abandoned'"),
    (RESULT, ["properties", "status"], "enum", None, "status", WIDENED),
    (RESULT, ["properties", "home_score"], "anyOf", [{"type": "integer"}], "home_score", "no longer be null"),
    (RESULT, ["properties", "home_score"], "default", 0, "home_score", "change their meaning"),
    (COMMAND, ["$defs", "MarginProfile", "properties", "overround"], "default", 1.1,
     "profile.margins{}.overround", "default was 1.05, is 1.1"),
    (FAIR, ["$defs", "BookShare", "properties", "weight"], "maximum", 0.5, "books[].weight", NARROWED),
    (FAIR, ["properties", "probabilities"], "additionalProperties", None, "probabilities{}", "was"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "path", "keyword", "value", "where", "said"), CHANGES)
def test_each_kind_of_change_is_named_with_its_place(subject, path, keyword, value, where, said) -> None:
    old = schema_of(subject)
    new = deepcopy(old)
    node = new
    for part in path:
        node = node[part]
    if value is None:
        del node[keyword]
    else:
        node[keyword] = value
    found = differences(old, new)
    assert found
    assert {each.where for each in found} == {where}
    assert any(said in f"{each.what}: {each.breaks}" for each in found)


@pytest.mark.parametrize("subject", CATALOGUE)
def test_every_field_that_goes_is_missed(subject: str) -> None:
    old = schema_of(subject)
    for name in old["properties"]:
        new = deepcopy(old)
        del new["properties"][name]
        new["required"] = [each for each in new["required"] if each != name]
        assert [(each.where, each.what) for each in differences(old, new)] == [(name, "removed")]


@pytest.mark.parametrize("subject", CATALOGUE)
def test_a_new_field_needs_a_default(subject: str) -> None:
    old = schema_of(subject)
    new = deepcopy(old)
    new["properties"]["tier"] = {"type": "integer", "default": 1}
    assert differences(old, new) == []
    new["required"].append("tier")
    (found,) = differences(old, new)
    assert (found.where, found.what, found.remedy) == ("tier", "new and required", "give it a default")


def test_a_field_neither_loses_nor_gains_its_default() -> None:
    old = schema_of("feeds.heartbeats.v1")
    new = deepcopy(old)
    new["required"].append("status")
    (lost,) = differences(old, new)
    assert (lost.what, lost.remedy) == ("now required", "give it its default")
    (gained,) = differences(new, old)
    assert (gained.what, gained.remedy) == ("no longer required", "leave it required")


def test_a_renamed_nested_message_and_better_words_change_nothing() -> None:
    old = schema_of(BET)
    new = json.loads(json.dumps(old).replace("Leg", "Selection").replace("decimal odds", "decimal price"))
    assert new != old
    assert differences(old, new) == []


def test_a_nested_message_is_reported_once() -> None:
    old = schema_of("bets.assessed.v1")
    new = deepcopy(old)
    del new["$defs"]["Leg"]["properties"]["outcome"]
    new["$defs"]["Leg"]["required"].remove("outcome")
    assert [each.where for each in differences(old, new)] == ["bet.legs[].outcome"]


numbers = st.fixed_dictionaries(
    {"type": st.sampled_from(["number", "integer"])},
    optional={
        "minimum": st.integers(-3, 3),
        "exclusiveMinimum": st.integers(-3, 3),
        "maximum": st.integers(-3, 3),
        "exclusiveMaximum": st.integers(-3, 3),
    },
)
texts = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "enum": st.lists(st.sampled_from(["", "a", "bb", "ccc"]), min_size=1, unique=True),
    },
)
leaves = numbers | texts | st.just({"type": "null"}) | st.just({"type": "boolean"})
unions = leaves | st.lists(leaves, min_size=1, max_size=3, unique_by=lambda leaf: leaf["type"]).map(
    lambda each: {"anyOf": each}
)
parts = unions | st.builds(lambda leaf: {"type": "array", "items": leaf}, unions)


@st.composite
def objects(draw: st.DrawFn) -> dict:
    properties = draw(st.dictionaries(st.sampled_from("xyz"), parts, max_size=3))
    required = [name for name in sorted(properties) if draw(st.booleans())]
    return {"type": "object", "properties": properties, "required": required}


values = st.none() | st.booleans() | st.integers(-4, 4) | st.sampled_from([0.5, -2.5]) | st.sampled_from(
    ["", "a", "bb", "ccc", "dddd"]
)  # fmt: skip
instances = st.dictionaries(st.sampled_from("xyz"), values | st.lists(values, max_size=2), max_size=3)


@given(old=objects(), new=objects(), instance=instances)
def test_where_nothing_is_found_old_and_new_readers_take_the_same_messages(old, new, instance) -> None:
    if differences(old, new):
        return
    was, now = Draft202012Validator(old), Draft202012Validator(new)
    added = set(new["properties"]) - set(old["properties"])
    known = {name: value for name, value in instance.items() if name not in added}
    assert was.is_valid(known) == now.is_valid(known)


@given(schema=objects())
def test_a_schema_does_not_differ_from_itself(schema) -> None:
    assert differences(schema, deepcopy(schema)) == []


@given(old=unions, new=unions, value=values)
def test_a_value_that_one_side_refuses_is_found(old, new, value) -> None:
    was, now = Draft202012Validator(old).is_valid(value), Draft202012Validator(new).is_valid(value)
    found = {each.breaks for each in differences(old, new)}
    if was and not now:
        assert NARROWED in found
    if now and not was:
        assert WIDENED in found


def test_goldens_of_today_fit_what_was_released() -> None:
    for path in (GOLDEN_DIR.parent / "baseline").glob("*.json"):
        old = json.loads(path.read_text())["schema"]
        for golden in (GOLDEN_DIR / path.stem).glob("*.json"):
            Draft202012Validator(old).validate(json.loads(golden.read_text()))
