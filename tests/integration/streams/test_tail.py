"""Tails: they see all of it, in order, from the right place on, whatever happens to the broker."""

import asyncio
import os
import signal
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from deploy.embedded import jars, kafka
from deploy.embedded.layout import Layout, Memory
from deploy.embedded.ports import Bound, Claims, Ports
from deploy.embedded.supervisor import Supervisor
from streams.producer import client_config
from streams.tail import Tail

pytestmark = pytest.mark.integration


async def until(condition: Callable[[], bool], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


def create(servers: str, name: str, partitions: int = 3) -> str:
    admin = AdminClient({"bootstrap.servers": servers})  # what it was asked dies with it
    [future] = admin.create_topics([NewTopic(name, partitions, 1)]).values()
    future.result(30)
    return name


def write(servers: str, topic: str, numbers: range, partitions: int = 3) -> None:
    producer = Producer(client_config(servers))
    for number in numbers:
        producer.produce(topic, str(number).encode(), b"k", number % partitions, headers=[("n", b"1")])
    assert producer.flush(30) == 0


@pytest.fixture
def topic(stack) -> str:
    return create(stack.kafka, f"test-tail-{uuid.uuid4().hex}")


class Reader:
    """Keeps what a tail hands it."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.numbers: list[int] = []

    def __call__(self, records) -> None:
        self.batches.append(len(records))
        self.numbers += [int(record.value) for record in records]
        assert all(list(record.headers) == [("n", b"1")] for record in records)


async def test_everything_is_read_from_the_beginning_in_the_order_of_each_partition(stack, topic):
    write(stack.kafka, topic, range(5000))
    reader = Reader()
    tail = Tail(stack.kafka, [topic], reader, start="beginning")
    await tail.start()
    await tail.wait_end()
    assert tail.at_end
    assert tail.healthy
    assert sorted(reader.numbers) == list(range(5000))
    for partition in range(3):
        mine = [number for number in reader.numbers if number % 3 == partition]
        assert mine == sorted(mine)
    await tail.stop()
    write(stack.kafka, topic, range(5000, 5010))
    assert len(reader.numbers) == 5000


async def test_a_tail_from_the_end_sees_what_is_written_once_it_is_open_and_nothing_before(stack, topic):
    write(stack.kafka, topic, range(100))
    reader = Reader()
    tail = Tail(stack.kafka, [topic], reader, start="end")
    await tail.start()
    await tail.wait_opened()
    write(stack.kafka, topic, range(100, 200))
    await until(lambda: len(reader.numbers) >= 100)
    assert sorted(reader.numbers) == list(range(100, 200))
    await tail.stop()


async def test_an_empty_topic_has_its_end_reached(stack, topic):
    tail = Tail(stack.kafka, [topic], Reader(), start="beginning")
    await tail.start()
    async with asyncio.timeout(30):
        await tail.wait_end()
    await tail.stop()


async def test_a_topic_that_is_not_there_yet_is_waited_for(stack):
    name, reader = f"test-tail-{uuid.uuid4().hex}", Reader()
    tail = Tail(stack.kafka, [name], reader, start="beginning")
    await tail.start()
    await until(lambda: tail._thread is not None and tail._thread.is_alive())
    assert not tail.opened
    create(stack.kafka, name)
    write(stack.kafka, name, range(3))
    await until(lambda: len(reader.numbers) == 3)
    await tail.stop()


async def test_a_reader_that_is_slow_gets_larger_batches_and_loses_nothing(stack, topic):
    reader, slow = Reader(), True

    def handle(records) -> None:
        if slow and not reader.numbers:  # the first call takes as long as the writing of all the rest
            write(stack.kafka, topic, range(1, 3000))
        reader(records)

    tail = Tail(stack.kafka, [topic], handle, start="end")
    await tail.start()
    await tail.wait_opened()
    write(stack.kafka, topic, range(1))
    await until(lambda: len(reader.numbers) == 3000)
    assert sorted(reader.numbers) == list(range(3000))
    assert max(reader.batches) > 1
    await tail.stop()


async def test_a_reader_that_fails_ends_the_tail_and_that_shows(stack, topic):
    def handle(records) -> None:
        raise ValueError("cannot")

    tail = Tail(stack.kafka, [topic], handle, start="end")
    await tail.start()
    await tail.wait_opened()
    write(stack.kafka, topic, range(1))
    await until(lambda: tail.failure is not None)
    assert isinstance(tail.failure, ValueError)
    assert not tail.healthy
    await tail.stop()


@pytest.mark.timeout(300)
async def test_a_tail_outlives_a_broker_that_is_killed_and_loses_nothing(tmp_path):
    with Claims() as claims:
        await outliving(Layout(tmp_path), replace(Memory(), ports=claims.settle(Ports(), Bound())))


async def outliving(layout: Layout, memory: Memory) -> None:
    layout.conf.mkdir()
    found = await asyncio.to_thread(jars.jars, jars.cache_dir(layout.root / "cache"), lambda *_: None)
    servers, reader = memory.addresses().kafka, Reader()
    tail = Tail(servers, ["t"], reader, start="beginning")
    await tail.start()  # before there is a broker
    async with Supervisor([kafka.part(layout, memory, found)]) as supervisor:
        await asyncio.to_thread(create, servers, "t")
        await asyncio.to_thread(write, servers, "t", range(1000))
        await until(lambda: len(reader.numbers) == 1000)
        pid = supervisor.pids()["kafka"]
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not tail.healthy)
        await until(lambda: supervisor.pids().get("kafka", pid) != pid)
        await supervisor.wait_ready("kafka")
        await asyncio.to_thread(write, servers, "t", range(1000, 2000))
        await until(lambda: len(reader.numbers) >= 2000 and tail.healthy)
        assert sorted(reader.numbers) == list(range(2000))
        await tail.stop()
