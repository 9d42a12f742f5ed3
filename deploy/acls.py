"""Kafka's access rights by role: ``python -m deploy.acls ROLE USER`` prints the commands that grant them.

    python -m deploy.acls feed provider-a --bootstrap kafka:9092 --config admin.properties
    python -m deploy.acls operator north --bootstrap kafka:9092 --config admin.properties

See kafka-acls.md for who the roles are.
"""

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from streams.topics import (
    BETS,
    COMMANDS,
    DECISIONS,
    FIXTURES,
    HEARTBEATS,
    MATCHES,
    OFFERED_PREFIX,
    QUOTES,
    RESULTS,
    SHARED,
    offered,
)

Operation = Literal["Read", "Write", "Describe"]


@dataclass(frozen=True, slots=True)
class Right:
    """One operation on one resource.

    Parameters
    ----------
    resource : str
        ``topic`` or ``group``.
    name : str
        Its name, or how its name begins.
    prefixed : bool
        Whether ``name`` is how it begins.
    """

    operation: Operation
    resource: Literal["topic", "group"]
    name: str
    prefixed: bool = False


def feed(_user: str) -> Iterator[Right]:
    """Yield the rights of a feed provider: it writes what comes in, and reads which events are known."""
    for topic in (QUOTES, FIXTURES, RESULTS, HEARTBEATS, MATCHES):
        yield Right("Write", "topic", topic.name)
    for topic in (FIXTURES, MATCHES):
        yield Right("Read", "topic", topic.name)


def operator(user: str) -> Iterator[Right]:
    """Yield the rights of a bookmaker: it reads its own prices, with groups of its own."""
    yield Right("Read", "topic", offered(user).name)
    yield Right("Read", "group", f"{user}.", prefixed=True)


def worker(_user: str) -> Iterator[Right]:
    """Yield the rights of the platform's workers: all its topics, dead letters, changelogs and groups."""
    domains = sorted({topic.name.split(".")[0] + "." for topic in SHARED})
    for name in (*domains, OFFERED_PREFIX, "overround-"):
        yield Right("Read", "topic", name, prefixed=True)
        yield Right("Write", "topic", name, prefixed=True)
    yield Right("Read", "group", "overround-", prefixed=True)


def api(_user: str) -> Iterator[Right]:
    """Yield the rights of the edge: it sends bets and commands, and follows prices and decisions."""
    for topic in (BETS, COMMANDS):
        yield Right("Write", "topic", topic.name)
    yield Right("Read", "topic", OFFERED_PREFIX, prefixed=True)
    for name in (DECISIONS.name, BETS.dlq, COMMANDS.name):
        yield Right("Read", "topic", name)


ROLES: Mapping[str, Callable[[str], Iterator[Right]]] = {
    "feed": feed,
    "operator": operator,
    "worker": worker,
    "api": api,
}


def commands(role: str, user: str, tool: list[str]) -> Iterator[str]:
    """Yield the command lines that give ``user`` the rights of ``role``.

    Parameters
    ----------
    tool : list of str
        The kafka-acls program with the options that reach the broker.
    """
    for right in ROLES[role](user):
        pattern = "prefixed" if right.prefixed else "literal"
        what = ["--operation", right.operation, f"--{right.resource}", right.name]
        yield shlex.join(
            [*tool, "--add", "--allow-principal", f"User:{user}", *what, "--resource-pattern-type", pattern]
        )


def main(arguments: list[str] | None = None) -> None:
    """Print the commands."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.acls",
        description="Print the commands that give a Kafka user the rights of a role.",
        epilog="Example: python -m deploy.acls operator north --bootstrap kafka:9092",
    )
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("user", help="the principal; of an operator, its name on the platform")
    parser.add_argument("--bootstrap", required=True, metavar="HOST:PORT")
    parser.add_argument("--config", metavar="FILE", help="how the administrator logs in")
    parser.add_argument("--tool", default="kafka-acls.sh", help="Kafka's program")
    options = parser.parse_args(arguments)
    tool = [options.tool, "--bootstrap-server", options.bootstrap]
    if options.config:
        tool += ["--command-config", options.config]
    for line in commands(options.role, options.user, tool):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
