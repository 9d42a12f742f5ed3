"""The hot snapshots in Redis, read."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar, cast

from redis.asyncio import Redis

from schemas import Exposure, OfferedPrice
from schemas.base import Message

M = TypeVar("M", bound=Message)


class RedisSnapshots:
    """Reads the hashes ``prices:{operator}`` and ``exposure:{operator}``.

    Parameters
    ----------
    url : str
        Of Redis or Valkey.
    timeout_s : float
        How long one call may take.
    """

    def __init__(self, url: str, timeout_s: float = 2.0) -> None:
        self._redis = Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)

    async def keys(self, kind: str, operator: str) -> list[str]:
        """Return the names under which ``kind`` has something."""
        found = await cast("Awaitable[list[bytes]]", self._redis.hkeys(f"{kind}:{operator}"))
        return [key.decode() for key in found]

    async def prices(self, operator: str, keys: Sequence[str]) -> list[OfferedPrice | None]:
        """Return the prices under ``event_id|market`` keys."""
        return await self._read(OfferedPrice, f"prices:{operator}", keys)

    async def exposures(self, operator: str, keys: Sequence[str]) -> list[Exposure | None]:
        """Return the books under ``event_id`` keys."""
        return await self._read(Exposure, f"exposure:{operator}", keys)

    async def _read(self, model: type[M], name: str, keys: Sequence[str]) -> list[M | None]:
        if not keys:
            return []
        found = await cast("Awaitable[list[bytes | None]]", self._redis.hmget(name, list(keys)))
        return [None if value is None else model.model_validate_json(value) for value in found]

    async def check(self) -> None:
        """Return when it answers."""
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
