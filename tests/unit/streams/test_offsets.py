"""Asking where partitions end, of a broker that does not answer."""

import asyncio

import pytest
from confluent_kafka import KafkaException

from streams.seam.offsets import Offsets


async def test_one_who_gives_up_leaves_nobody_waiting_for_ever():
    offsets = Offsets("127.0.0.1:1", patience=0.2)
    first = asyncio.ensure_future(offsets([("a", 0)], "ends"))
    await asyncio.sleep(0)  # it asks
    offsets.patience = 2.0  # so that the first gives up while the second waits over the same connection
    second = asyncio.ensure_future(offsets([("b", 0)], "ends"))
    async with asyncio.timeout(10):
        for asked in (first, second):
            with pytest.raises(KafkaException):
                await asked
    await offsets.close()
