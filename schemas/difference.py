"""Two JSON Schemas of one message, compared from both sides.

Only what pydantic writes for our messages is understood; a change of any other keyword counts as breaking
both sides, so that nothing passes unseen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from schemas.export import Node

NARROWED = "recorded messages may hold what is now refused"
WIDENED = "old readers refuse what is now allowed"
EITHER = f"{NARROWED}, or {WIDENED}"

_WORDS = {"title", "description", "$schema", "$id", "$defs", "$ref", "examples", "deprecated"}
_PARTS = {"items": "[]", "additionalProperties": "{}", "propertyNames": "{key}"}
_UNDERSTOOD = _WORDS | _PARTS.keys() | {"type", "anyOf", "properties", "required", "default", "enum", "const"}
_LOWER = {"minimum": False, "exclusiveMinimum": True, "minLength": False, "minItems": False}
_UPPER = {"maximum": False, "exclusiveMaximum": True, "maxLength": False, "maxItems": False}


@dataclass(frozen=True, slots=True)
class Difference:
    """One change that breaks somebody.

    Parameters
    ----------
    where : str
        Path of the field; ``[]`` is each item of a list, ``{}`` each value of a map, ``{key}`` its keys.
    what : str
        What changed.
    breaks : str
        Whom, and how.
    remedy : str
        What to do instead; empty where it is to undo the change or to make a new major version.
    """

    where: str
    what: str
    breaks: str
    remedy: str = ""


def differences(old: Node, new: Node) -> list[Difference]:
    """Return the changes from ``old`` to ``new`` that break old readers or recorded messages."""
    olds, news = (cast(Mapping[str, Node], schema.get("$defs", {})) for schema in (old, new))
    return list(_Comparison(olds, news).compare("", old, new))


class _Comparison:
    """Walks two schemas side by side; a pair of nested messages is reported where it is met first."""

    def __init__(self, olds: Mapping[str, Node], news: Mapping[str, Node]) -> None:
        self._definitions = olds, news
        self._seen: set[tuple[str, str]] = set()

    def compare(self, where: str, old: Node, new: Node) -> Iterator[Difference]:
        pair = str(old.get("$ref", "")), str(new.get("$ref", ""))
        if all(pair) and pair in self._seen:
            return
        self._seen.add(pair)
        olds, news = (
            _branches(node, names) for node, names in zip((old, new), self._definitions, strict=True)
        )
        for kind in sorted(olds.keys() - news.keys()):
            if kind != "integer" or "number" not in news:
                yield Difference(where, f"may no longer be {kind}", NARROWED)
        for kind in sorted(news.keys() - olds.keys()):
            if kind != "integer" or "number" not in olds:
                yield Difference(where, f"may now be {kind}", WIDENED)
        for kind in sorted(olds):
            match = news.get(kind) or (news.get("number") if kind == "integer" else None)
            if match is not None:
                yield from self._same_type(where, olds[kind], match)
        if "integer" in news and "integer" not in olds and "number" in olds:
            yield from self._same_type(where, olds["number"], news["integer"])

    def _same_type(self, where: str, old: Node, new: Node) -> Iterator[Difference]:
        yield from _values(where, old, new)
        yield from _bound(where, "lower", _bound_of(old, _LOWER), _bound_of(new, _LOWER))
        yield from _bound(where, "upper", _bound_of(old, _UPPER, -1), _bound_of(new, _UPPER, -1))
        for keyword in sorted((old.keys() | new.keys()) - _UNDERSTOOD - _LOWER.keys() - _UPPER.keys()):
            if old.get(keyword) != new.get(keyword):
                yield Difference(where, f"{keyword} was {old.get(keyword)}, is {new.get(keyword)}", EITHER)
        yield from self._properties(where, old, new)
        for key, mark in _PARTS.items():
            one, other = old.get(key), new.get(key)
            if isinstance(one, dict) and isinstance(other, dict):
                text: Node = {"type": "string"} if key == "propertyNames" else {}
                yield from self.compare(where + mark, text | one, text | other)
            elif one != other:
                yield Difference(where + mark, f"{key} was {one}, is {other}", EITHER)

    def _properties(self, where: str, old: Node, new: Node) -> Iterator[Difference]:
        olds, news = (cast(dict[str, Node], node.get("properties", {})) for node in (old, new))
        needed, needs = (set(cast(list[str], node.get("required", []))) for node in (old, new))
        for name, before in olds.items():
            field = f"{where}.{name}".removeprefix(".")
            after = news.get(name)
            if after is None:
                yield Difference(field, "removed", "old readers miss it")
                continue
            if name in needs - needed:
                yield Difference(
                    field, "now required", "recorded messages may lack it", "give it its default"
                )
            elif name in needed - needs:
                yield Difference(field, "no longer required", "old readers need it", "leave it required")
            elif before.get("default") != after.get("default"):
                what = f"default was {before.get('default')!r}, is {after.get('default')!r}"
                yield Difference(field, what, "recorded messages without it change their meaning")
            yield from self.compare(field, before, after)
        for name in news:
            if name in needs and name not in olds:
                field = f"{where}.{name}".removeprefix(".")
                yield Difference(field, "new and required", "recorded messages lack it", "give it a default")


def _branches(node: Node, definitions: Mapping[str, Node]) -> dict[str, Node]:
    """Return what a schema allows, by JSON type."""
    if "$ref" in node:
        return _branches(definitions[str(node["$ref"]).rpartition("/")[2]], definitions)
    if "anyOf" in node:
        found: dict[str, Node] = {}
        for each in cast(list[Node], node["anyOf"]):
            found |= _branches(each, definitions)
        return found
    return {str(node.get("type", "anything")): node}


def _values(where: str, old: Node, new: Node) -> Iterator[Difference]:
    olds, news = _allowed(old), _allowed(new)
    if olds == news:
        return
    if olds is None or news is None:
        yield Difference(
            where, f"values were {olds or 'any'}, are {news or 'any'}", WIDENED if olds else NARROWED
        )
        return
    gone, added = (", ".join(sorted(each)) for each in (olds - news, news - olds))
    if gone:
        yield Difference(where, f"may no longer be {gone}", NARROWED)
    if added:
        yield Difference(where, f"may now be {added}", WIDENED)


def _allowed(node: Node) -> set[str] | None:
    if "const" in node:
        return {repr(node["const"])}
    values = node.get("enum")
    return {repr(each) for each in values} if isinstance(values, list) else None


_Bound = tuple[float, bool]
"""A limit, its sign turned so that higher is narrower, and whether it is excluded."""


def _bound_of(node: Node, keywords: Mapping[str, bool], sign: int = 1) -> _Bound | None:
    found = [(sign * float(cast(float, node[key])), out) for key, out in keywords.items() if key in node]
    return max(found, default=None)


def _bound(where: str, side: str, old: _Bound | None, new: _Bound | None) -> Iterator[Difference]:
    if old != new:
        narrower = old is None or (new is not None and new > old)
        what = f"{side} bound was {_said(old, side)}, is {_said(new, side)}"
        yield Difference(where, what, NARROWED if narrower else WIDENED)


def _said(bound: _Bound | None, side: str) -> str:
    if bound is None:
        return "none"
    value, excluded = bound
    return f"{value if side == 'lower' else -value:g}{' excluded' if excluded else ''}"
