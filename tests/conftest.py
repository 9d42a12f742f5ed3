"""What all tests share: the broker, the database and the cache that they run on."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy import embedded


@dataclass(frozen=True)
class Stack:
    """Where the services of this test session are; ``source`` says what they are."""

    kafka: str
    postgres: str
    postgres_replica: str
    redis: str
    source: str


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Kafka, PostgreSQL with a replica, and Redis or Valkey, for the whole session.

    Topics, tables and keys that a test makes are its own to name: sessions against external services
    (``OVERROUND_KAFKA`` and the like) share them with whoever else is there.
    """
    if "OVERROUND_KAFKA" in os.environ:
        yield from environment()
    else:
        yield from embedded_stack()


def environment() -> Iterator[Stack]:
    """Yield the services that the environment names."""
    postgres = os.environ["OVERROUND_POSTGRES"]
    yield Stack(
        kafka=os.environ["OVERROUND_KAFKA"],
        postgres=postgres,
        postgres_replica=os.environ.get("OVERROUND_POSTGRES_REPLICA", postgres),
        redis=os.environ["OVERROUND_REDIS"],
        source="environment",
    )


def embedded_stack() -> Iterator[Stack]:
    """Yield an embedded stack of this session's own; it goes with the session, even if that is killed."""
    data_dir = Path(tempfile.mkdtemp(prefix="overround-tests-"))
    try:
        found = embedded.start(data_dir, tied=True, remove=True)
        yield Stack(found.kafka, found.postgres, found.postgres_replica, found.redis, "embedded")
    finally:
        embedded.stop(data_dir)
        shutil.rmtree(data_dir, ignore_errors=True)
