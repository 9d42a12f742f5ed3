"""What ``overround fair`` does with the platform: history in, models and champions out."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ml.fair.candidate import Candidate
from ml.fair.match import Recorded
from ml.fair.messages import message, recorded
from ml.registry import contents
from overround.console import fail
from overround.settings import settings
from schemas import Champion
from storage.database import Database
from storage.errors import Unreachable
from storage.models import Models
from streams.producer import DeliveryError, Producer
from streams.topics import CHAMPIONS, CLOSED

MARKET = "1x2"
T = TypeVar("T")


def publish_history(matches: Sequence[Recorded]) -> int:
    """Write finished matches of files to ``events.closed.v1``; return how many. Twice is as once."""
    from feeds.identity import event_id

    count = 0
    with _sending() as producer:
        for match in matches:
            over = match.closed
            if over is None:
                continue
            name = event_id("fd", over.competition, over.starts_at_ms, over.home, over.away)
            told = message(name, match)
            if told is not None:
                producer.broadcast(CLOSED, name, told, told.event_time_ms)
                count += 1
        producer.flush()
    return count


def history(until_ms: int) -> list[Recorded]:
    """Return the finished matches that PostgreSQL has, from before an instant."""

    async def read(models: Models) -> list[Recorded]:
        return [recorded(told) async for told in models.closed_matches(until_ms)]

    return _with_models(read)


def publish(champion: Candidate, action: str, at_ms: int) -> None:
    """Keep a model in PostgreSQL, note that it prices from now on, and tell the workers."""
    told = Champion.model_validate(
        {
            "market": MARKET,
            "model": champion.model.name,
            "sha256": hashlib.sha256(champion.model.trees).hexdigest(),
            "action": action,
            "event_time_ms": at_ms,
        }
    )

    async def write(models: Models) -> None:
        await models.add(champion.model.name, champion.model.card, contents(champion))
        await models.turn(told)

    _with_models(write)
    with _sending() as producer:
        producer.broadcast(CHAMPIONS, MARKET, told, at_ms)
        producer.flush()


def keep(made: Candidate) -> bool:
    """Keep a model in PostgreSQL; False if it is there."""
    return _with_models(lambda models: models.add(made.model.name, made.model.card, contents(made)))


@contextmanager
def _sending() -> Iterator[Producer]:
    try:
        with Producer(settings().kafka) as producer:
            yield producer
    except DeliveryError as error:
        fail(f"nothing was sent to Kafka (OVERROUND_KAFKA): {error}", code=1)


def _with_models(work: Callable[[Models], Awaitable[T]]) -> T:
    async def connected() -> T:
        config = settings()
        database = Database(config.postgres, config.postgres_replica, timeout_s=60.0)
        await database.open()
        try:
            return await work(Models(database))
        finally:
            await database.close()

    try:
        return asyncio.run(connected())
    except Unreachable as error:
        fail(f"no models without PostgreSQL (OVERROUND_POSTGRES): {error}", code=1)
