"""Runs the demo: stack, workers, API, a recording, bettors, and at the end the books are compared."""

import asyncio
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy import embedded
from deploy.embedded.supervisor import Supervisor
from domain.population import DEMO_MIXTURE, Population
from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from feeds.pacing import AtRate
from feeds.player import Progress, play
from feeds.routing import FeedMessage
from overround.compose import STAGES, STATEFUL, stages
from overround.demo.betting import Betting
from overround.demo.clients import add_clients
from overround.demo.insight import Insight, closes
from overround.demo.observer import Observer
from overround.demo.operators import NAMES, PROFILES
from overround.demo.processes import WORKERS, fetch, free_port, parts
from overround.demo.reconcile import books_of_table, disagreements
from overround.demo.report import report
from overround.demo.view import Playing
from overround.settings import Settings
from schemas import Heartbeat, OperatorCommand, Quote
from schemas.base import Message
from storage.counts import counts
from storage.database import Database
from storage.exposures import Exposures
from storage.migrations import apply as migrate
from streams import admin
from streams.lag import Lag
from streams.producer import Producer
from streams.tail import Tail
from streams.topics import COMMANDS, HEARTBEATS, Topic, registry

RECORDING = "worldcup_2026.jsonl.xz"
SETTLED_WITHIN_S = 60.0
AFTERWARDS_MS = 600_000
"""Event time is moved this far beyond the recording, so that every mark of a bet falls due."""


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
    """

    data_dir: Path
    quotes_per_s: float = 1000.0
    bets_per_s: float = 100.0
    seed: int = 2026
    limit: int | None = None


@dataclass
class Demo:
    """A demo that is up: its addresses, what it sees, and how far it is."""

    options: Options
    settings: Settings
    ports: dict[str, int]
    supervisor: Supervisor
    observer: Observer
    producer: Producer
    database: Database
    messages: list[FeedMessage]
    playing: Playing = field(default_factory=Playing)
    stop: threading.Event = field(default_factory=threading.Event)
    now_ms: int = 0

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.ports['api']}"

    async def play(self) -> dict[str, Any]:
        """Play the recording to its end while bettors bet; return the report."""
        insight = Insight(closes(self.messages))
        betting = Betting(
            Population(self.options.seed, DEMO_MIXTURE, NAMES),
            self.observer.seen,
            insight,
            self.producer,
            rate=self.options.bets_per_s,
            now_ms=lambda: self.now_ms,
            run=f"{time.time_ns() // 1_000_000:x}",
        )
        task = asyncio.create_task(betting.keep_betting())
        try:
            done = await asyncio.to_thread(
                play,
                self.messages,
                _Tee(self.producer, insight),
                AtRate(self.options.quotes_per_s),
                stop=self.stop,
                on_progress=lambda progress: self._progress(progress, betting),
            )
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.playing.bets = betting.placed
        await self.settle(betting.placed)
        return await self.report(done.elapsed_s)

    def _progress(self, progress: Progress, betting: Betting) -> None:
        self.now_ms = progress.event_time_ms
        self.playing.quotes = progress.sent
        self.playing.elapsed_s = progress.elapsed_s
        self.playing.bets = betting.placed
        instant = datetime.fromtimestamp(progress.event_time_ms / 1000, UTC)
        self.playing.event_time = f"{instant:%a %d %b %H:%M} UTC"

    async def settle(self, bets: int) -> None:
        """Return when every bet is decided and every stage has committed all that it reads.

        Raises
        ------
        TimeoutError
            It does not come to rest.
        """
        end_ms = self.now_ms + AFTERWARDS_MS
        self.producer.broadcast(HEARTBEATS, "demo", Heartbeat(feed="demo", event_time_ms=end_ms), end_ms)
        await self.producer.acknowledged()
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while len(self.observer.seen.decided) < bets:
                await asyncio.sleep(0.1)
            lag = Lag(self.settings.kafka)
            inputs = {stage.name: stage.inputs() for stage in stages(list(STAGES), self.settings)}
            while await asyncio.to_thread(self._lag, lag, inputs):
                await asyncio.sleep(0.2)

    def _lag(self, lag: Lag, inputs: dict[str, tuple[str, ...]]) -> int:
        # a stage that is done can have written what a later one has yet to read: in the order of the flow
        return sum(
            lag.of(f"overround-{name}", topics, self.settings.partitions) for name, topics in inputs.items()
        )

    async def report(self, elapsed_s: float) -> dict[str, Any]:
        """Compare the books and return all figures."""
        await self.database.caught_up()
        table = await fetch(f"http://127.0.0.1:{self.ports['betting']}/tables/book")
        seen = self.observer.seen
        return report(
            seen,
            quotes=sum(isinstance(message, Quote) for message in self.messages[: self.playing.quotes]),
            bets=self.playing.bets,
            elapsed_s=elapsed_s,
            rows=await counts(self.database),
            disagreements=await disagreements(
                NAMES, books_of_table(table.splitlines()), seen.exposures, Exposures(self.database)
            ),
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


def recording(limit: int | None) -> list[FeedMessage]:
    """Return the messages of the bundled recording, in event-time order, with heartbeats between."""
    path = Path(str(files("feeds.recordings") / RECORDING))
    messages = list(recorded("the-odds-api", lines(path), Account()))
    return messages if limit is None else messages[:limit]


@asynccontextmanager
async def running(options: Options, tell: Callable[[str], None]) -> AsyncIterator[Demo]:
    """Bring everything up, and end it all on the way out.

    Parameters
    ----------
    tell : callable
        Is told, in a few words, what happens next.
    """
    async with AsyncExitStack() as stack:
        if options.data_dir.exists():
            embedded.stop(options.data_dir)
            shutil.rmtree(options.data_dir)
        addresses = await asyncio.to_thread(
            embedded.start, options.data_dir, None, lambda p: tell(f"{p.part}: {p.state}")
        )
        stack.push_async_callback(asyncio.to_thread, embedded.stop, options.data_dir)
        config = Settings(
            data_dir=options.data_dir,
            kafka=addresses.kafka,
            postgres=addresses.postgres,
            postgres_replica=addresses.postgres_replica,
            redis=addresses.redis,
            operators=NAMES,
        )
        tell("topics, tables, operators")
        await asyncio.to_thread(
            admin.apply, registry(NAMES), config.kafka, config.partitions, stages=STATEFUL
        )
        await migrate(config.postgres)
        database = Database(config.postgres, config.postgres_replica)
        await database.open()
        stack.push_async_callback(database.close)
        await add_clients(database)
        producer = Producer(config.kafka)
        stack.callback(producer.close)
        now_ms = int(time.time() * 1000)
        for profile in PROFILES:
            command = OperatorCommand(
                operator=profile.operator,
                command_id="demo",
                kind="profile",
                issued_by="demo",
                event_time_ms=now_ms,
                profile=profile,
            )
            producer.broadcast(COMMANDS, f"{profile.operator}|demo", command, now_ms)
        await producer.acknowledged()
        observer = Observer(NAMES)
        tail = Tail(config.kafka, observer.topics, observer.take, start="beginning")
        await tail.start()
        stack.push_async_callback(tail.stop)
        tell("workers and API")
        ports = {name: free_port() for name in (*WORKERS, "api")}
        supervisor = Supervisor(parts(ports, options.data_dir / "log", environment(config)))
        await stack.enter_async_context(supervisor)
        tell("reading the recording")
        messages = await asyncio.to_thread(recording, options.limit)
        demo = Demo(options, config, ports, supervisor, observer, producer, database, messages)
        demo.playing.total = sum(not isinstance(message, Heartbeat) for message in messages)
        stack.callback(demo.stop.set)
        yield demo


def environment(config: Settings) -> dict[str, str]:
    """Return the settings as the environment of a process of ours."""
    return {
        "OVERROUND_DATA_DIR": str(config.data_dir.absolute()),
        "OVERROUND_KAFKA": config.kafka,
        "OVERROUND_POSTGRES": config.postgres,
        "OVERROUND_POSTGRES_REPLICA": config.postgres_replica,
        "OVERROUND_REDIS": config.redis,
        "OVERROUND_OPERATORS": "[" + ",".join(f'"{name}"' for name in config.operators) + "]",
        "OVERROUND_PARTITIONS": str(config.partitions),
    }
