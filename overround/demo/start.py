"""Brings the demo up: stack, topics, tables, operators, workers, API, recording."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from shlex import quote

from deploy import embedded
from deploy.embedded.supervisor import Supervisor
from feeds.account import Account
from feeds.files import lines
from feeds.formats import recorded
from feeds.routing import FeedMessage
from overround.compose import STATEFUL
from overround.demo.clients import SECRET, add_clients
from overround.demo.observer import Observer
from overround.demo.operators import NAMES, PROFILES
from overround.demo.processes import WORKERS, free_port, parts
from overround.demo.run import Demo, Options
from overround.settings import Settings
from schemas import OperatorCommand
from storage.database import Database
from storage.migrations import apply as migrate
from streams import admin
from streams.producer import Producer
from streams.tail import Tail
from streams.topics import COMMANDS, registry

RECORDING = "worldcup_2026.jsonl.xz"


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
        config = await _stack(options, tell, stack)
        tell("topics, tables, operators")
        await asyncio.to_thread(
            admin.apply, registry(NAMES), config.kafka, config.partitions, stages=STATEFUL
        )
        await migrate(config.postgres)
        database = Database(config.postgres, config.postgres_replica)
        await database.open()
        stack.push_async_callback(database.close)
        await add_clients(database)
        producer = Producer(config.kafka, linger_ms=2.0)
        stack.callback(producer.close)
        await _send_profiles(producer)
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
        write_environment(demo)
        stack.callback(demo.stop.set)
        yield demo


async def _stack(options: Options, tell: Callable[[str], None], stack: AsyncExitStack) -> Settings:
    """Start a new stack and return its settings; it ends with ``stack``."""
    data_dir = options.data_dir
    await asyncio.to_thread(_clear, data_dir)
    addresses = await asyncio.to_thread(
        embedded.start, data_dir, None, lambda step: tell(f"{step.part}: {step.state}"), tied=True
    )
    stack.push_async_callback(asyncio.to_thread, embedded.stop, data_dir)
    return Settings(
        data_dir=data_dir,
        kafka=addresses.kafka,
        postgres=addresses.postgres,
        postgres_replica=addresses.postgres_replica,
        redis=addresses.redis,
        operators=NAMES,
        partitions=options.partitions or max(1, (os.cpu_count() or 1) // 2),
    )


def _clear(data_dir: Path) -> None:
    embedded.stop(data_dir)
    shutil.rmtree(data_dir, ignore_errors=True)


async def _send_profiles(producer: Producer) -> None:
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


def environment(config: Settings) -> dict[str, str]:
    """Return the settings as the environment of a process of ours."""
    return {
        "OVERROUND_DATA_DIR": str(config.data_dir.absolute()),
        "OVERROUND_KAFKA": config.kafka,
        "OVERROUND_POSTGRES": config.postgres,
        "OVERROUND_POSTGRES_REPLICA": config.postgres_replica,
        "OVERROUND_REDIS": config.redis,
        "OVERROUND_OPERATORS": json.dumps(config.operators),
        "OVERROUND_PARTITIONS": str(config.partitions),
    }


def write_environment(demo: Demo) -> Path:
    """Write what a shell needs to talk to the demo to ``<data dir>/env``."""
    variables = {
        **environment(demo.settings),
        "OVERROUND_API": demo.api_url,
        "OVERROUND_CLIENT": f"{NAMES[0]}-demo",
        "OVERROUND_SECRET": SECRET,
    }
    path = demo.options.data_dir / "env"
    path.write_text("".join(f"export {name}={quote(value)}\n" for name, value in variables.items()))
    return path
