"""What ``overround fair`` does with the platform: history in, models and champions out."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ml.fair.candidate import Candidate
from ml.fair.match import Recorded
from ml.fair.messages import recorded, told
from ml.fair.players import tour_of
from ml.registry import contents
from overround.console import fail
from overround.settings import settings
from schemas import Champion
from storage.database import Database
from storage.errors import Unreachable
from storage.models import Models
from streams.producer import DeliveryError, Producer
from streams.topics import CHAMPIONS, CLOSED

T = TypeVar("T")


def publish_history(matches: Sequence[Recorded], totals: Sequence[Recorded | None]) -> int:
    """Write finished matches of files to ``events.closed.v1``; return how many. Twice is as once.

    Parameters
    ----------
    matches, totals : sequence of Recorded
        1X2 and 2.5 goals of the same matches, in the same order; None where there is nothing of goals.
    """
    from feeds.identity import event_id

    count = 0
    with _sending() as producer:
        for match, total in zip(matches, totals, strict=True):
            over = match.closed
            if over is None:
                continue
            feed = "td" if tour_of(over.competition) else "fd"
            name = event_id(feed, over.competition, over.starts_at_ms, over.home, over.away)
            closed = told(name, match, total)
            if closed is not None:
                producer.broadcast(CLOSED, name, closed, closed.event_time_ms)
                count += 1
        producer.flush()
    return count


def history(until_ms: int, market: str) -> list[Recorded]:
    """Return a market of the finished matches that PostgreSQL has, from before an instant."""

    async def read(models: Models) -> list[Recorded]:
        return [recorded(match, market) async for match in models.closed_matches(until_ms)]

    return _with_models(read)


def publish(champion: Candidate, action: str, at_ms: int) -> None:
    """Keep a model in PostgreSQL, note that it prices from now on, and tell the workers."""
    news = Champion.model_validate(
        {
            "market": champion.model.market,
            "model": champion.model.name,
            "sha256": hashlib.sha256(champion.model.trees).hexdigest(),
            "action": action,
            "event_time_ms": at_ms,
        }
    )

    async def write(models: Models) -> None:
        await models.add(champion.model.name, champion.model.card, contents(champion))
        await models.turn(news)

    _with_models(write)
    with _sending() as producer:
        producer.broadcast(CHAMPIONS, news.market, news, at_ms)
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
