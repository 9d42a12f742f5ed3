"""Plays a recording with bettors, and compares the books when all is at rest."""

import asyncio
import gc
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.embedded.supervisor import Supervisor
from domain.population import KEEN_CLASSES, SMALL_MIXTURE, Population
from feeds.pacing import AtRate
from feeds.player import Progress, play
from feeds.routing import FeedMessage
from overround.compose import STAGES, stages
from overround.demo.betting import Betting
from overround.demo.insight import Insight, closes
from overround.demo.observer import Observer
from overround.demo.operators import NAMES
from overround.demo.processes import fetch
from overround.demo.reconcile import books_of_table, disagreements
from overround.demo.report import report
from overround.demo.view import Playing
from overround.settings import Settings
from schemas import Fixture, Heartbeat, Quote
from schemas.base import Message
from storage.counts import counts
from storage.database import Database
from storage.exposures import Exposures
from streams.lag import Lag
from streams.producer import Producer
from streams.topics import Topic

SETTLED_WITHIN_S = 150.0
OPENING_S = 15.0
"""So long all markets open at once, and the broker compiles itself: delays are told with and without it."""


@dataclass(frozen=True)
class Options:
    """How the demo is run.

    Parameters
    ----------
    quotes_per_s, bets_per_s : float
        Pace of the play and of the bettors.
    seed : int
        Of the bettors.
    limit : int or None
        Play only so many messages.
    partitions : int or None
        Of every topic; None is one for every two cores, since the broker wants its share of them.
    """

    data_dir: Path
    quotes_per_s: float = 1000.0
    bets_per_s: float = 100.0
    seed: int = 2026
    limit: int | None = None
    partitions: int | None = None


class Demo:
    """A demo that is up: its addresses, what it sees, and how far it is.

    Parameters
    ----------
    messages : list of FeedMessage
        The recording, in event-time order.
    """

    def __init__(
        self,
        options: Options,
        settings: Settings,
        ports: dict[str, int],
        supervisor: Supervisor,
        observer: Observer,
        producer: Producer,
        database: Database,
        messages: list[FeedMessage],
    ) -> None:
        self.options = options
        self.settings = settings
        self.ports = ports
        self.supervisor = supervisor
        self.observer = observer
        self.messages = messages
        self.playing = Playing(total=sum(not isinstance(message, Heartbeat) for message in messages))
        self.stop = threading.Event()
        self.sent = False
        """Whether all of what is played has been sent; what is left is to come to rest."""
        self._producer = producer
        self._database = database
        self._insight = Insight(closes(messages))
        self._now_ms = 0
        self._quotes = 0
        self._elapsed_s = 0.0
        self._opened = False
        self._betting = Betting(
            Population(options.seed, SMALL_MIXTURE, NAMES, KEEN_CLASSES),
            observer.seen,
            self._insight,
            producer,
            starts={each.event_id: each.starts_at_ms for each in messages if isinstance(each, Fixture)},
            rate=options.bets_per_s,
            now_ms=lambda: self._now_ms,
            run=f"{time.time_ns() // 1_000_000:x}",
        )

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.ports['api']}"

    async def play(self, messages: Sequence[FeedMessage] | None = None) -> dict[str, Any]:
        """Play the recording, or a part of it, while bettors bet; return the report when all is at rest."""
        # a million objects of the recording: each look of the collector at them would hold up what is timed
        gc.collect()
        gc.freeze()
        wanted = self.messages if messages is None else messages
        self.sent = False
        betting = asyncio.create_task(self._betting.keep_betting())
        sent_before = self.playing.quotes
        try:
            done = await asyncio.to_thread(
                play,
                wanted,
                _Tee(self._producer, self._insight),
                AtRate(self.options.quotes_per_s),
                stop=self.stop,
                on_progress=lambda progress: self._progress(progress, sent_before),
            )
        finally:
            betting.cancel()
            await asyncio.gather(betting, return_exceptions=True)
        self._quotes += sum(isinstance(message, Quote) for message in wanted)
        self._elapsed_s += done.elapsed_s
        self.playing.bets = self._betting.placed
        self.sent = True
        await self.settle()
        return await self.report()

    def _progress(self, progress: Progress, sent_before: int) -> None:
        self._now_ms = progress.event_time_ms
        self.playing.quotes = sent_before + progress.sent
        self.playing.elapsed_s = self._elapsed_s + progress.elapsed_s
        self.playing.bets = self._betting.placed
        if self.playing.elapsed_s >= OPENING_S and not self._opened:
            self._opened = True
            self.observer.seen.opened()
        instant = datetime.fromtimestamp(progress.event_time_ms / 1000, UTC)
        self.playing.event_time = f"{instant:%a %d %b %H:%M} UTC"

    async def settle(self) -> None:
        """Return when every bet is decided and every stage has committed all that it reads.

        Raises
        ------
        TimeoutError
            It does not come to rest.
        """
        await self._producer.acknowledged()
        lag = Lag(self.settings.kafka)
        inputs = {stage.name: stage.inputs() for stage in stages(list(STAGES), self.settings)}
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while len(self.observer.seen.decided) < self._betting.placed:
                await asyncio.sleep(0.1)
            while await asyncio.to_thread(self._lag, lag, inputs):
                await asyncio.sleep(0.2)

    def _lag(self, lag: Lag, inputs: dict[str, tuple[str, ...]]) -> int:
        # a stage that is done can have written what a later one has yet to read: in the order of the flow
        return sum(
            lag.of(f"overround-{name}", topics, self.settings.partitions) for name, topics in inputs.items()
        )

    async def report(self) -> dict[str, Any]:
        """Compare the books and return all figures since the start."""
        await self._database.caught_up()
        table = await fetch(f"http://127.0.0.1:{self.ports['betting']}/tables/book")
        seen = self.observer.seen
        return report(
            seen,
            quotes=self._quotes,
            bets=self._betting.placed,
            elapsed_s=self._elapsed_s,
            rows=await counts(self._database),
            disagreements=await disagreements(
                NAMES, books_of_table(table.splitlines()), seen.exposures, Exposures(self._database)
            ),
            labels=self._betting.labels,
        )


class _Tee:
    """A sender that lets the bettors' insight see each quote as it goes out."""

    def __init__(self, producer: Producer, insight: Insight) -> None:
        self._producer = producer
        self._insight = insight

    def send(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        if isinstance(message, Quote):
            self._insight.take(message)
        self._producer.send(topic, key, message, event_time_ms)

    def broadcast(self, topic: Topic, key: str, message: Message, event_time_ms: int) -> None:
        self._producer.broadcast(topic, key, message, event_time_ms)

    def flush(self) -> None:
        self._producer.flush()
