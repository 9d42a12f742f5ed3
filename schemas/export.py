"""JSON Schema of every message, as files: ``python -m schemas.export [--check]``.

The files are for readers in other languages, and what ``schemas.compat`` compares. They say what a reader
must accept: a field with a default may be missing.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from pydantic import JsonValue

from schemas.base import Message
from schemas.catalogue import CATALOGUE

Node: TypeAlias = dict[str, JsonValue]
"""A JSON object."""

HERE = Path(__file__).parent
JSON_DIR = HERE / "json"
GOLDEN_DIR = HERE / "golden"

_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_PARAMETER = re.compile(r"^(\w[\w, ]*) : .+\n((?:    .+\n?)+)", re.MULTILINE)


def summary(model: type[Message]) -> str:
    """Return what a message is: its docstring up to the first section."""
    return _SECTION.split(_docstring(model), maxsplit=1)[0].strip()


def _docstring(model: type[Message]) -> str:
    lines = (model.__doc__ or "").strip().splitlines()
    return "\n".join([lines[0], *(line.removeprefix("    ") for line in lines[1:])]) if lines else ""


def _parameters(docstring: str) -> Iterator[tuple[str, str]]:
    parts = _SECTION.split(docstring)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        if title == "Parameters":
            for names, text in _PARAMETER.findall(body):
                for name in names.split(","):
                    yield name.strip(), " ".join(text.split())


def json_schema(model: type[Message], ref: str = "#/$defs/{model}") -> Node:
    """Return the JSON Schema (2020-12) of a message, with the docstring's words at the fields.

    Parameters
    ----------
    model : type of Message
        The message.
    ref : str
        How a nested message is referred to; nested ones stand under ``$defs`` in any case.
    """
    schema = cast(Node, model.model_json_schema(ref_template=ref))
    nested = cast(dict[str, Node], schema.get("$defs", {}))
    by_name = {each.__name__: each for each in _messages(model)}
    for name, part in [(model.__name__, schema), *nested.items()]:
        _describe(part, by_name[name])
    return cast(Node, _tidied(schema))


def _messages(model: type[Message]) -> Iterator[type[Message]]:
    """Yield a message and all that it holds."""
    yield model
    for field in model.model_fields.values():
        for each in _types(field.annotation):
            yield from _messages(each)


def _types(annotation: object) -> Iterator[type[Message]]:
    if isinstance(annotation, type) and issubclass(annotation, Message):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _types(argument)


def _describe(schema: Node, model: type[Message]) -> None:
    schema["description"] = summary(model)
    properties = cast(dict[str, Node], schema["properties"])
    for name, text in _parameters(_docstring(model)):
        properties[name].setdefault("description", text)


def _tidied(node: JsonValue) -> JsonValue:
    """Drop the titles that only repeat a name, and let ``propertyNames`` refuse the keys that we refuse."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: _tidied(value) for key, value in node.items() if key != "title" or not isinstance(value, str)
    }
    patterns = tidy.pop("patternProperties", None)
    if isinstance(patterns, dict):
        ((pattern, values),) = patterns.items()
        names = cast(Node, tidy.get("propertyNames", {}))
        tidy["propertyNames"] = {**names, "pattern": pattern}
        tidy["additionalProperties"] = values
    return tidy


def schema_of(subject: str) -> Node:
    """Return the JSON Schema of a subject of the catalogue, as its file has it."""
    model = CATALOGUE[subject]
    head: Node = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:overround:{subject}",
        "title": model.__name__,
    }
    return head | json_schema(model)


def rendered(document: JsonValue) -> str:
    """Return JSON as the files have it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    """Return the text of every JSON Schema file by its path."""
    return {JSON_DIR / f"{subject}.json": rendered(schema_of(subject)) for subject in CATALOGUE}


def stale(expected: Mapping[Path, str], folder: Path | None = None) -> list[str]:
    """Return what is wrong with generated files, a line each: missing, out of date, or left over.

    Parameters
    ----------
    expected : mapping of Path to str
        What should be there.
    folder : Path, optional
        A folder in which nothing else should be.
    """
    lines = []
    for path, text in expected.items():
        if not path.exists():
            lines.append(f"{path}: missing")
        elif path.read_text() != text:
            lines.append(f"{path}: out of date")
    if folder is not None:
        lines += [f"{path}: of no topic" for path in sorted(folder.glob("*.json")) if path not in expected]
    return lines


def write(expected: Mapping[Path, str], folder: Path | None = None) -> None:
    """Write generated files, and delete the rest of ``folder``."""
    for path, text in expected.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in folder.glob("*.json") if folder is not None else ():
        if path not in expected:
            path.unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with ``--check`` tell whether they are current."""
    parser = argparse.ArgumentParser(prog="python -m schemas.export", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not current")
    if not parser.parse_args(arguments).check:
        write(files(), JSON_DIR)
        return 0
    lines = stale(files(), JSON_DIR)
    if lines:
        sys.stderr.write("\n".join([*lines, "run: python -m streams.asyncapi --write"]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
