"""What lies where in a data directory, and what is remembered there between starts."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from deploy.embedded.ports import Bound

PARTS = ("kafka", "postgres", "postgres_replica", "redis")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts answer; the names are those of ``overround.settings``."""

    kafka: str
    postgres: str
    postgres_replica: str
    redis: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What a data directory was made with."""

    ports: Bound = field(default_factory=Bound)
    cluster_id: str = field(default_factory=lambda: urlsafe_b64encode(uuid4().bytes).decode().rstrip("="))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    version: int = 1

    def addresses(self) -> Addresses:
        """Return the addresses that clients use."""
        login = f"postgresql://overround:{self.password}@127.0.0.1"
        return Addresses(
            kafka=f"127.0.0.1:{self.ports.kafka}",
            postgres=f"{login}:{self.ports.postgres}/overround",
            postgres_replica=f"{login}:{self.ports.postgres_replica}/overround",
            redis=f"redis://:{self.password}@127.0.0.1:{self.ports.redis}/0",
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one data directory."""

    root: Path

    @property
    def memory(self) -> Path:
        """Ports, password and Kafka's cluster id."""
        return self.root / "stack.json"

    @property
    def addresses(self) -> Path:
        """What ``overround.settings`` reads while the stack is up."""
        return self.root / "addresses.json"

    @property
    def supervisor(self) -> Path:
        """The supervisor's process id and the state of its parts."""
        return self.root / "supervisor.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.root / "supervisor.lock"

    @property
    def conf(self) -> Path:
        """Configuration files, written anew at each start."""
        return self.root / "conf"

    def data(self, part: str) -> Path:
        """Return where a part keeps its data."""
        return self.root / part

    def log(self, part: str) -> Path:
        """Return where a part logs."""
        return self.root / "logs" / f"{part}.log"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write JSON that only its owner may read, in one step."""
    write_private(path, json.dumps(content, indent=1) + "\n")


def read_memory(path: Path) -> Memory | None:
    """Return what was written, or None where there is no such file.

    Raises
    ------
    ValueError
        The file is damaged, or of another version.
    """
    try:
        found = json.loads(path.read_text())
        memory = Memory(**{**found, "ports": Bound(**found["ports"])})
    except FileNotFoundError:
        return None
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path} cannot be read") from error
    if memory.version != 1:
        raise ValueError(f"{path} was written by another version of overround")
    return memory
