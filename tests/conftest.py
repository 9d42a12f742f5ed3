"""What all tests share: the broker, the database and the cache that they run on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from deploy import embedded

# A busy machine is no reason to fail: properties are about results, not about time.
settings.register_profile("overround", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("overround")

ROOT = Path(__file__).parent.parent
ROOMY = 4 << 30


@dataclass(frozen=True)
class Stack:
    """Where the services of this test session are; ``source`` says what they are."""

    kafka: str
    postgres: str
    postgres_replica: str
    redis: str
    source: str


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Kafka, PostgreSQL with a replica, and Redis or Valkey, for the whole session.

    Services that the environment names (``OVERROUND_KAFKA`` and the like) may be shared with other sessions:
    a test makes topics, tables and keys of its own, under names that nobody else has.
    """
    if "OVERROUND_KAFKA" in os.environ:
        yield from environment()
    elif docker_answers():
        yield from containers()
    else:
        yield from embedded_stack(request.getfixturevalue("place"))


def environment() -> Iterator[Stack]:
    """Yield the services that the environment names."""
    postgres = os.environ["OVERROUND_POSTGRES"]
    yield Stack(
        kafka=os.environ["OVERROUND_KAFKA"],
        postgres=postgres,
        postgres_replica=os.environ.get("OVERROUND_POSTGRES_REPLICA") or postgres,
        redis=os.environ["OVERROUND_REDIS"],
        source="environment",
    )


def docker_answers() -> bool:
    """Tell whether there is a Docker engine; its client alone is of no use."""
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, timeout=20, check=False
    )
    return asked.returncode == 0


def containers() -> Iterator[Stack]:
    """Yield the services of docker-compose.yml, under a project name and ports of this session's own."""
    from testcontainers.compose import DockerCompose

    from deploy.embedded.ports import Bound, Claims, Ports

    with Claims() as claims:
        found = claims.settle(Ports(), Bound())
    os.environ |= {
        "COMPOSE_PROJECT_NAME": f"overround-tests-{uuid4().hex[:8]}",
        "OVERROUND_KAFKA_PORT": str(found.kafka),
        "OVERROUND_POSTGRES_PORT": str(found.postgres),
        "OVERROUND_POSTGRES_REPLICA_PORT": str(found.postgres_replica),
        "OVERROUND_REDIS_PORT": str(found.redis),
    }
    services = ["kafka", "postgres", "postgres-replica", "redis"]
    login = "postgresql://overround:overround@127.0.0.1"
    with DockerCompose(ROOT, "docker-compose.yml", services=services, wait=True, keep_volumes=False):
        yield Stack(
            kafka=f"127.0.0.1:{found.kafka}",
            postgres=f"{login}:{found.postgres}/overround",
            postgres_replica=f"{login}:{found.postgres_replica}/overround",
            redis=f"redis://127.0.0.1:{found.redis}/0",
            source="containers",
        )


@pytest.fixture(scope="session")
def place() -> Path:
    """Where a test's own embedded stack goes: in memory if there is room, which is quick."""
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > ROOMY
    return shm if roomy else Path(tempfile.gettempdir())


def embedded_stack(place: Path) -> Iterator[Stack]:
    """Yield an embedded stack of this session's own; it goes with the session, even if that is killed."""
    data_dir = Path(tempfile.mkdtemp(prefix="overround-tests-", dir=place))
    try:
        found = embedded.start(data_dir, tied=True, remove=True)
        yield Stack(found.kafka, found.postgres, found.postgres_replica, found.redis, "embedded")
    finally:
        embedded.stop(data_dir)
        shutil.rmtree(data_dir, ignore_errors=True)
