"""Hot snapshots in Redis or Valkey.

What readers find: hash ``prices:<operator>``, field ``event_id|market``, an ``OfferedPrice`` as JSON; hash
``exposure:<operator>``, field ``event_id``, an ``Exposure``; hash ``bettors:<operator>``, field the bettor, a
``BettorRisk``. Beside each lies a hash ``versions:<name>`` with the version of each field, so that an older
value never replaces a newer one, in whatever order they come.

The cache may forget: it is flushed, restarted without its data, or replaced. So it carries a mark that says
"complete", bound to the run of the server that it was set on; where the mark is missing, the cache has to be
filled again from where the values come from.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from storage.errors import Unreachable
from storage.metrics import FIELDS

_MARK = "cache:complete"
_FILLING = "cache:filling:"
_FILLING_S = 3600
_PER_CALL = 500
"""Fields that one script call writes: a call holds up everyone else, at about 2 us a field."""

_RUN = "local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')\n"

_WRITE = """
local known = redis.call('HMGET', KEYS[2], unpack(ARGV, 1, #ARGV / 3))
local n = #known
for i = 1, n do
    local version = ARGV[n + i]
    if not known[i] or tonumber(version) > tonumber(known[i]) then
        redis.call('HSET', KEYS[2], ARGV[i], version)
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[2 * n + i])
    end
end
"""

_COMPLETE = _RUN + "return redis.call('GET', KEYS[1]) == run"

_BEGIN = _RUN + "redis.call('SET', KEYS[1], run, 'EX', ARGV[1])"

_END = (
    _RUN
    + """
if redis.call('GETDEL', KEYS[1]) ~= run then
    return false
end
redis.call('SET', KEYS[2], run)
return 1
"""
)


@dataclass(frozen=True, slots=True)
class Value:
    """A field's value, as JSON, with the number by which newer and older are told apart."""

    version: int
    json: bytes


Values = Mapping[str, Mapping[str, Value]]
"""By hash and field."""


class Snapshots:
    """Writes the hot snapshots.

    Parameters
    ----------
    url : str
        Of one Redis or Valkey server (not a cluster: a hash and its versions may lie on different nodes).
    timeout_s : float
        A call that takes longer counts as a failure, seconds.
    """

    def __init__(self, url: str, *, timeout_s: float = 5.0) -> None:
        # One retry, for connections that died unnoticed; beyond that, whoever calls tries the chunk again.
        retry = Retry(NoBackoff(), 1)
        self._redis = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=retry
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def write(self, values: Values) -> bool:
        """Write values, those excepted that are older than what is there; tell whether the cache is complete.

        Raises
        ------
        Unreachable
            If Redis does not answer. Some or none may be written: try again with all.
        """
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            for name, fields in values.items():
                for part in _parts(fields):
                    names, versions, bodies = zip(*((f, v.version, v.json) for f, v in part), strict=True)
                    pipe.eval(_WRITE, 2, name, f"versions:{name}", *names, *versions, *bodies)
            pipe.eval(_COMPLETE, 1, _MARK)
            *_, complete = await pipe.execute()
        for name, fields in values.items():
            FIELDS.labels(name.partition(":")[0]).inc(len(fields))
        return bool(complete)

    async def complete(self) -> bool:
        """Tell whether everything that was ever written is there."""
        return await self.write({})

    @asynccontextmanager
    async def filling(self) -> AsyncIterator[None]:
        """Mark the cache complete at the end of the block, unless it lost its data in between.

        Several may fill at the same time. Raises ``Unreachable`` like ``write``.
        """
        key = _FILLING + uuid.uuid4().hex
        await self._eval(_BEGIN, 1, key, _FILLING_S)
        yield
        if not await self._eval(_END, 2, key, _MARK):
            raise Unreachable("Redis lost its data while it was being filled")

    async def _eval(self, script: str, keys: int, *arguments: str | int) -> object:
        async with _reached():
            call = self._redis.eval(script, keys, *(str(argument) for argument in arguments))
            return await cast("Awaitable[object]", call)


def _parts(fields: Mapping[str, Value]) -> Iterable[list[tuple[str, Value]]]:
    pairs = list(fields.items())
    return (pairs[i : i + _PER_CALL] for i in range(0, len(pairs), _PER_CALL))


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    try:
        yield
    except (OSError, TimeoutError, RedisError) as error:
        raise Unreachable(f"Redis: {type(error).__name__}: {error}") from error
