"""Leaving a consumer group on purpose.

Workers are static members: one that crashed and comes back has its partitions at once, without a rebalance.
Static members do not leave when they close, so one that ends on purpose says so here; else its partitions
would lie idle until the session is over.
"""

import asyncio
import contextlib

from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

_LEAVE_S = 1.5


async def leave(kafka: str, group: str, member: str) -> None:
    """Leave; when the broker does not answer soon, leave it at that.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    group, member : str
        The group's id, and the id that it gave to this member.
    """
    with contextlib.suppress(TimeoutError, KafkaError, OSError):
        async with asyncio.timeout(_LEAVE_S):
            client = AIOKafkaClient(bootstrap_servers=kafka.split(","))
            try:
                await client.bootstrap()
                node = await client.coordinator_lookup(CoordinationType.GROUP, group)
                await client.ready(node, group=ConnectionGroup.COORDINATION)
                request = LeaveGroupRequest(group, member)
                await client.send(node, request, group=ConnectionGroup.COORDINATION)
            finally:
                await client.close()
