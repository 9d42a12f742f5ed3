"""The embedded stack itself: kept over kill -9, ended without a trace, started again where it was."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy import embedded
from deploy.embedded.layout import PARTS, Layout

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def data_dir(place):
    """A data directory whose stack is up when a test begins."""
    root = place / f"overround-embedded-{uuid4().hex[:8]}"
    embedded.start(root, tied=True, remove=True)
    yield root
    embedded.stop(root)


@pytest.fixture
def own(place):
    """A data directory for one test, ended and removed after it."""
    root = place / f"overround-embedded-{uuid4().hex[:8]}"
    yield root
    embedded.stop(root)
    subprocess.run(["rm", "-rf", str(root)], check=True)


def until(condition, within_s):
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "not within its time"
        time.sleep(0.02)
    return found


def part(data_dir, name):
    return next((part for part in embedded.status(data_dir).parts if part.name == name), None)


def kill(data_dir, name, within_s=60):
    """Kill a part with -9; return when another process of it is ready."""
    before = part(data_dir, name)
    os.kill(before.pid, signal.SIGKILL)
    until(
        lambda: (now := part(data_dir, name)).pid not in (None, before.pid) and now.state == "ready", within_s
    )
    assert part(data_dir, name).restarts == before.restarts + 1


def processes(data_dir):
    """Return the processes that have the data directory in their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(data_dir) in word for word in process.cmdline()) and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue
    return found


def cli(*words, **options):
    command = [sys.executable, "-m", "overround.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def test_every_part_is_ready_and_none_runs_as_root_but_where_it_must(data_dir):
    status = embedded.status(data_dir)
    assert status.ready
    assert tuple(sorted(part.name for part in status.parts)) == tuple(sorted(PARTS))
    assert all(part.memory_bytes > 1_000_000 for part in status.parts)
    owner = {part.name: psutil.Process(part.pid).uids().real for part in status.parts}
    assert owner["postgres"] != 0 != owner["postgres_replica"]


def test_everything_listens_on_this_machine_alone(data_dir):
    for reported in embedded.status(data_dir).parts:
        family = psutil.Process(reported.pid)
        listening = [c for c in family.net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} == {"127.0.0.1"}, reported.name


async def test_kafka_keeps_what_it_acknowledged_when_killed_with_9(data_dir):
    kafka, topic = embedded.status(data_dir).addresses.kafka, uuid4().hex
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        for number in range(500):
            await producer.send_and_wait(topic, str(number).encode())
    kill(data_dir, "kafka")
    partition = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        consumer.assign([partition])
        assert [int((await consumer.getone()).value) for _ in range(500)] == list(range(500))


async def test_a_topic_that_nobody_made_does_not_make_itself(data_dir):
    kafka = embedded.status(data_dir).addresses.kafka
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        topic = uuid4().hex
        assert (await admin.describe_topics([topic]))[0]["error_code"] == 3
        assert topic not in await admin.list_topics()
    finally:
        await admin.close()


@pytest.mark.parametrize("victim", ["postgres", "postgres_replica"])
async def test_postgres_keeps_what_it_committed_and_the_replica_goes_on(data_dir, victim):
    addresses = embedded.status(data_dir).addresses
    table = f"t_{uuid4().hex}"
    primary = await asyncpg.connect(addresses.postgres)
    await primary.execute(f"CREATE TABLE {table} AS SELECT 1 AS bet")
    kill(data_dir, victim)
    await primary.close(timeout=5)
    primary = await asyncpg.connect(addresses.postgres)
    await primary.execute(f"INSERT INTO {table} VALUES (2)")
    written = await primary.fetchval("SELECT pg_current_wal_lsn()")
    replica = await asyncpg.connect(addresses.postgres_replica)
    deadline = time.monotonic() + 20
    while not await replica.fetchval("SELECT pg_last_wal_replay_lsn() >= $1", written):
        assert time.monotonic() < deadline
    assert [row["bet"] for row in await replica.fetch(f"SELECT bet FROM {table} ORDER BY bet")] == [1, 2]
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await replica.execute(f"INSERT INTO {table} VALUES (3)")
    await primary.close()
    await replica.close()


async def test_valkey_keeps_what_it_answered_when_killed_with_9(data_dir):
    url = embedded.status(data_dir).addresses.redis
    async with redis.asyncio.Redis.from_url(url) as client:
        for number in range(500):
            await client.set(f"price:{number}", number)
    kill(data_dir, "redis")
    async with redis.asyncio.Redis.from_url(url) as client:
        assert await client.mget([f"price:{number}" for number in range(500)]) == [
            str(number).encode() for number in range(500)
        ]


async def test_nobody_gets_in_without_the_password(data_dir):
    addresses = embedded.status(data_dir).addresses
    host = addresses.postgres.rpartition("@")[2]
    for login in ("overround:wrong", "postgres:", "replicator:"):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await asyncpg.connect(f"postgresql://{login}@{host}")
    async with redis.asyncio.Redis.from_url(f"redis://{addresses.redis.rpartition('@')[2]}") as client:
        with pytest.raises(redis.exceptions.AuthenticationError):
            await client.ping()


def test_up_twice_is_harmless_one_after_the_other_and_at_once(own):
    command = [sys.executable, "-m", "overround.cli", "up", "--data-dir", str(own)]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "12"
    ]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    supervisor = embedded.status(own).supervisor
    assert supervisor is not None
    again = cli("up", "--data-dir", str(own))
    assert said[0] == said[1] == again.stdout
    assert embedded.status(own).supervisor == supervisor
    assert all(part.restarts == 0 for part in embedded.status(own).parts)
    port = int(embedded.status(own).addresses.kafka.partition(":")[2])
    assert cli("up", "--data-dir", str(own), "--kafka-port", str(port)).stdout == again.stdout
    other = cli("up", "--data-dir", str(own), "--kafka-port", str(port - 1))
    assert other.returncode == 1
    assert f"is up already, with kafka on port {port} and not {port - 1}" in other.stderr
    names = [line.partition("=")[0] for line in again.stdout.splitlines()]
    assert names == ["OVERROUND_KAFKA", "OVERROUND_POSTGRES", "OVERROUND_POSTGRES_REPLICA", "OVERROUND_REDIS"]


async def test_down_leaves_no_process_and_the_next_up_has_ports_and_data_again(own):
    first = embedded.start(own)
    assert json.loads(Layout(own).addresses.read_text())["kafka"] == first.kafka
    connection = await asyncpg.connect(first.postgres)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS bets")
    await connection.close()
    begun = time.monotonic()
    assert cli("down", "--data-dir", str(own)).returncode == 0
    assert time.monotonic() - begun < 10
    assert processes(own) == []
    assert not Layout(own).addresses.exists()
    assert cli("status", "--data-dir", str(own)).returncode == 3

    assert embedded.start(own) == first
    connection = await asyncpg.connect(first.postgres_replica)
    assert await connection.fetchval("SELECT bets FROM kept") == 7
    await connection.close()


def test_a_killed_supervisor_takes_its_parts_along_and_the_next_up_recovers(own):
    first = embedded.start(own)
    os.kill(embedded.status(own).supervisor, signal.SIGKILL)
    until(lambda: not processes(own), within_s=10)
    assert embedded.status(own).supervisor is None
    assert embedded.start(own) == first
    assert embedded.status(own).ready


def test_a_stack_whose_directory_is_removed_ends(own):
    embedded.start(own)
    (own / "supervisor.lock").unlink()  # first of all: rm -r races with the parts, which go on writing
    subprocess.run(["rm", "-rf", str(own)], check=False)
    until(lambda: not processes(own), within_s=15)


def test_a_killed_test_session_leaves_nothing_behind(place, tmp_path):
    marker = tmp_path / "up"
    script = tmp_path / "test_session.py"
    script.write_text(
        "import pathlib, time\n"
        "def test_hang(stack):\n"
        f"    pathlib.Path({str(marker)!r}).write_text('up')\n"
        "    time.sleep(600)\n"
    )
    root = Path(__file__).parents[3]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OVERROUND_")}
    before = set(place.glob("overround-tests-*"))
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.conftest",
            "-c",
            str(root / "pyproject.toml"),
            script,
        ],
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
    ) as session:
        until(marker.exists, within_s=90)
        made = set(place.glob("overround-tests-*")) - before
        session.kill()
    mine = [directory for directory in made if not until(lambda d=directory: not d.exists(), within_s=20)]
    assert mine == []
