"""What a change of a message would break: ``python -m schemas.compat [--release]``.

Within a major version a reader of the last release understands new messages, and a reader of today
understands recorded ones. ``schemas/baseline/`` holds what was released; this compares today's with it and
prints a line per finding that says what to do instead.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from schemas.catalogue import CATALOGUE
from schemas.difference import differences
from schemas.export import HERE, Node, rendered, schema_of

BASELINE_DIR = HERE / "baseline"
_CHANNEL = {"x-key": "key", "x-broadcast": "broadcast"}


@dataclass(frozen=True, slots=True)
class Contract:
    """What the readers and writers of a topic count on.

    Parameters
    ----------
    schema : dict
        JSON Schema of the message.
    channel : dict
        ``key`` in words, ``broadcast``, and ``cleanup``.
    """

    schema: Node
    channel: Node


def current() -> dict[str, Contract]:
    """Return today's contract of every subject: schemas of the models, channels of ``asyncapi.json``."""
    channels = json.loads((HERE / "asyncapi.json").read_text())["channels"]
    return {
        subject: Contract(schema_of(subject), _channel(channels[subject]) if subject in channels else {})
        for subject in CATALOGUE
    }


def _channel(channel: Node) -> Node:
    kafka = cast(dict[str, dict[str, Node]], channel["bindings"])["kafka"]
    cleanup = cast(list[str], kafka["topicConfiguration"]["cleanup.policy"])
    return {name: channel[key] for key, name in _CHANNEL.items()} | {"cleanup": ",".join(cleanup)}


def released(folder: Path = BASELINE_DIR) -> dict[str, Contract]:
    """Return the contracts of the last release."""
    contracts = {}
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text())
        contracts[path.stem] = Contract(data["schema"], data["channel"])
    return contracts


def findings(old: Mapping[str, Contract], new: Mapping[str, Contract]) -> Iterator[str]:
    """Yield a line per change that breaks a reader or a recorded message."""
    for subject, before in old.items():
        after = new.get(subject)
        if after is None:
            yield f"{subject}: gone from the catalogue; keep it until nobody reads it, beside its next major"
            continue
        for name, value in before.channel.items():
            if after.channel.get(name) != value:
                yield f"{subject}: {name} was {value}, is {after.channel.get(name)}; {_next_major(subject)}"
        for found in differences(before.schema, after.schema):
            remedy = found.remedy or _next_major(subject)
            yield f"{subject}: {found.where}: {found.what}: {found.breaks}; {remedy}"


def _next_major(subject: str) -> str:
    name, _, major = subject.rpartition(".v")
    return f"undo it, or make {name}.v{int(major) + 1}"


def release(new: Mapping[str, Contract], folder: Path = BASELINE_DIR) -> None:
    """Make ``new`` the contracts to keep to."""
    folder.mkdir(exist_ok=True)
    for subject, contract in new.items():
        text = rendered({"channel": contract.channel, "schema": contract.schema})
        (folder / f"{subject}.json").write_text(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and with ``--release`` renew the baseline where nothing is found."""
    parser = argparse.ArgumentParser(prog="python -m schemas.compat", description=__doc__)
    parser.add_argument("--release", action="store_true", help="make today's schemas the released ones")
    wanted = parser.parse_args(arguments)
    new = current()
    lines = list(findings(released(), new))
    if lines:
        lines.append(
            "a change that nobody has ever been given: delete its file in schemas/baseline, --release"
        )
        sys.stderr.write("\n".join(lines) + "\n")
        return 1
    if wanted.release:
        release(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
