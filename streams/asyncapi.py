"""The platform's topics as an AsyncAPI 3.0 document: ``python -m streams.asyncapi --write | --check``.

Writes ``schemas/asyncapi.json``, the JSON Schemas beside it, and the table in ``docs/topics.md``.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import cast

from schemas.catalogue import CATALOGUE
from schemas.export import (
    GOLDEN_DIR,
    HERE,
    JSON_DIR,
    Node,
    files,
    json_schema,
    rendered,
    stale,
    summary,
    write,
)
from streams.records import EVENT_TIME, ORIGIN_AT, PRODUCED_AT, TRACE
from streams.topics import DAY_MS, DLQ_SUFFIX, Topic, registry

DOCUMENT = HERE / "asyncapi.json"
TABLE = HERE.parent / "docs" / "topics.md"
_OPERATOR = "{operator}"
_BEGIN, _END = "<!-- written by: python -m streams.asyncapi --write -->\n", "<!-- until here -->\n"
_DIGITS: Node = {"type": "string", "pattern": "^[0-9]+$"}
_HEADERS: Node = {
    "type": "object",
    "required": [EVENT_TIME, PRODUCED_AT],
    "properties": {
        TRACE: {"type": "string", "description": "Names everything that one quote or bet caused."},
        EVENT_TIME: {**_DIGITS, "description": "Event time, UTC milliseconds."},
        PRODUCED_AT: {**_DIGITS, "description": "Wall clock of the producer, UTC microseconds."},
        ORIGIN_AT: {
            **_DIGITS,
            "description": "produced-at of the quote or bet that began the chain; none where the clock did.",
        },
    },
}


def topics() -> tuple[Topic, ...]:
    """Return every topic once, with ``{operator}`` where an operator's name goes."""
    return registry([_OPERATOR])


def subject(topic: Topic) -> str:
    """Return the name in the catalogue of a topic's message."""
    return topic.name.replace(f".{_OPERATOR}", "")


def document() -> Node:
    """Return the AsyncAPI document.

    Raises
    ------
    ValueError
        Where the topic registry and the catalogue of messages disagree.
    """
    here = {subject(topic): topic.message for topic in topics()}
    if here != dict(CATALOGUE):
        odd = sorted(name for name in here.keys() | CATALOGUE.keys() if here.get(name) != CATALOGUE.get(name))
        raise ValueError(f"streams/topics.py and schemas/catalogue.py disagree on: {', '.join(odd)}")
    channels: Node = {subject(topic): _channel(topic) for topic in topics()}
    messages: Node = {subject(topic): _message(topic) for topic in topics()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "overround",
            "version": version("overround"),
            "description": "Odds compilation and risk for bookmakers: feeds in, prices and decisions out.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {"host": "localhost:9092", "protocol": "kafka", "description": "OVERROUND_KAFKA"}
        },
        "channels": channels | {"dead-letters": _dead_letters()},
        "operations": _operations(),
        "components": {
            "messages": messages,
            "messageTraits": {"headers": {"headers": _HEADERS}},
            "schemas": _schemas(),
        },
    }


def _channel(topic: Topic) -> Node:
    name = subject(topic)
    kafka: Node = {"cleanup.policy": [topic.cleanup]}
    if topic.cleanup == "delete":
        kafka["retention.ms"] = topic.retention_ms
    channel: Node = {
        "address": topic.name,
        "title": topic.message.__name__,
        "summary": summary(topic.message).partition("\n")[0],
        "messages": {topic.message.__name__: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": {"topicConfiguration": kafka, "bindingVersion": "0.5.0"}},
        "x-key": topic.key,
        "x-broadcast": topic.broadcast,
    }
    if _OPERATOR in topic.name:
        channel["parameters"] = {"operator": {"description": "Whose prices they are."}}
    return channel


def _message(topic: Topic) -> Node:
    name = subject(topic)
    return {
        "name": topic.message.__name__,
        "summary": summary(topic.message).partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{topic.message.__name__}"},
        "traits": [{"$ref": "#/components/messageTraits/headers"}],
        "bindings": {
            "kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}
        },
        "examples": [
            {"name": path.stem, "payload": json.loads(path.read_text())}
            for path in sorted((GOLDEN_DIR / name).glob("*.json"))
        ],
    }


def _schemas() -> Node:
    """Return every message's schema once, nested ones too."""
    found: Node = {}
    for model in CATALOGUE.values():
        schema = json_schema(model, "#/components/schemas/{model}")
        nested = cast(Node, schema.pop("$defs", {}))
        found |= {**nested, model.__name__: schema}
    return dict(sorted(found.items()))


def _dead_letters() -> Node:
    return {
        "address": "{topic}" + DLQ_SUFFIX,
        "title": "Dead letters",
        "summary": "What could not be read on a topic, byte for byte, with its origin and the reason.",
        "parameters": {"topic": {"description": "The topic on which it was found."}},
        "messages": {
            "DeadLetter": {
                "name": "DeadLetter",
                "contentType": "application/octet-stream",
                "headers": {"type": "object", "description": "Those of the record, its origin, the reason."},
            }
        },
    }


def _operations() -> Node:
    found: Node = {"send.dead-letters": _operation("send", "dead-letters")}
    for topic in topics():
        name = subject(topic)
        if topic.flow != "out":
            found[f"receive.{name}"] = _operation("receive", name)
        if topic.flow != "in":
            found[f"send.{name}"] = _operation("send", name)
    return found


def _operation(action: str, channel: str) -> Node:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def table() -> str:
    """Return the topics as a Markdown table."""
    lines = ["| topic | key | message | kept | flow |", "|---|---|---|---|---|"]
    for topic in topics():
        kept = "latest per key" if topic.cleanup == "compact" else f"{topic.retention_ms // DAY_MS} days"
        key = topic.key.replace("|", "\\|") + (", to every partition" if topic.broadcast else "")
        schema = f"[{topic.message.__name__}](../schemas/json/{subject(topic)}.json)"
        lines.append(f"| `{topic.name}` | {key} | {schema} | {kept} | {topic.flow} |")
    return "\n".join(lines) + "\n"


def generated() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    head, _, rest = TABLE.read_text().partition(_BEGIN)
    tail = rest.partition(_END)[2]
    page = f"{head}{_BEGIN}\n{table()}\n{_END}{tail}"
    return {**files(), DOCUMENT: rendered(document()), TABLE: page}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or tell whether they are current."""
    parser = argparse.ArgumentParser(prog="python -m streams.asyncapi", description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the files")
    mode.add_argument("--check", action="store_true", help="write nothing; fail if a file is not current")
    chosen = parser.parse_args(arguments)
    try:
        expected = generated()
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if chosen.write:
        write(expected, JSON_DIR)
        return 0
    lines = stale(expected, JSON_DIR)
    if lines:
        sys.stderr.write("\n".join([*lines, "run: python -m streams.asyncapi --write"]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
