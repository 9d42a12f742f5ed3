"""The archive of Kafka's classes fits the class path that Kafka is started with."""

import shutil
from dataclasses import replace
from uuid import uuid4

import pytest

from deploy.embedded import classes, kafka
from deploy.embedded.jars import cache_dir, jars
from deploy.embedded.layout import Layout, Memory
from deploy.embedded.ports import Bound, Claims, Ports
from deploy.embedded.supervisor import PartError, Supervisor

pytestmark = pytest.mark.integration


@pytest.fixture
def layout(place):
    root = place / f"overround-classes-{uuid4().hex[:8]}"
    root.mkdir()
    yield Layout(root)
    shutil.rmtree(root)


@pytest.fixture
def memory():
    with Claims() as claims:
        yield replace(Memory(), ports=claims.settle(Ports(), Bound()))


@pytest.fixture
def folder(layout):
    """The jars, without the archive that another stack may be making beside them."""
    shared = jars(cache_dir(layout.root / "cache"), lambda *_: None)
    own = layout.root / "jars"
    own.mkdir()
    for jar in shared.glob("*.jar"):
        shutil.copy2(jar, own)
    return own


async def test_kafka_boots_from_the_archive_and_a_missing_one_is_made_once(layout, memory, folder):
    await classes.make(folder, layout.log("classes"))
    made = classes.archive(folder)
    at = made.stat().st_mtime_ns
    await classes.make(folder, layout.log("classes"))
    assert made.stat().st_mtime_ns == at
    assert not list(folder.glob("classes-*.new"))
    # -Xshare:on ends Java where the archive does not fit; otherwise it would go without and say nothing.
    strict = ["-Xshare:on", f"-XX:SharedArchiveFile={made}"]
    async with Supervisor([kafka.part(layout, memory, folder, strict)]) as supervisor:
        assert supervisor.status()["kafka"].state == "ready"


async def test_without_an_archive_kafka_boots_all_the_same(layout, memory, folder):
    missing = [f"-XX:SharedArchiveFile={layout.root / 'none.jsa'}"]
    async with Supervisor([kafka.part(layout, memory, folder, missing)]) as supervisor:
        assert supervisor.status()["kafka"].state == "ready"
    strict = kafka.part(layout, memory, folder, ["-Xshare:on", *missing])
    with pytest.raises(PartError, match="kafka ended with exit code 1"):
        await Supervisor([strict]).start()
