"""The supervisor's process: ``python -m deploy.embedded.daemon``, started by ``control.start``.

It tells its progress as JSON lines on standard output until the stack is ready or has failed; after that its
output goes to ``logs/supervisor.log``.
"""

import argparse
import asyncio
import contextlib
import fcntl
import json
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from deploy.embedded.errors import EmbeddedError, explain, full
from deploy.embedded.layout import PARTS, Layout, Memory, read_memory, write_json
from deploy.embedded.ports import Claims, Ports
from deploy.embedded.supervisor import Part, PartError, PartStatus, Supervisor

MB = 1024 * 1024


def main() -> None:
    """Run the stack until told to end."""
    options = _arguments()
    layout = Layout(Path(options.data_dir))
    ports = Ports(**json.loads(options.ports))
    # Clients complain of every connection that is refused while a part starts; the parts' own logs say more.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with _held(layout):
            try:
                asyncio.run(_serve(layout, ports, options.min_free_mb))
            finally:
                layout.supervisor.unlink(missing_ok=True)
                if options.remove:
                    shutil.rmtree(layout.root, ignore_errors=True)
    except BlockingIOError:
        _tell({"busy": True})
        sys.exit(1)
    except EmbeddedError as error:
        _tell({"failed": str(error)})
        sys.exit(1)
    except OSError as error:
        _tell({"failed": explain(error, layout.root)})
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir")
    parser.add_argument("--ports", default="{}")
    parser.add_argument("--min-free-mb", type=int, default=0)
    parser.add_argument("--remove", action="store_true")
    return parser.parse_args()


@contextlib.contextmanager
def _held(layout: Layout) -> Iterator[None]:
    """Hold the data directory; the kernel lets go of it when this process ends, however it ends.

    Raises
    ------
    BlockingIOError
        Another process holds it.
    """
    layout.root.mkdir(parents=True, exist_ok=True)
    with layout.lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _note(layout, {})
        yield


async def _serve(layout: Layout, wanted: Ports, min_free_mb: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    life = asyncio.create_task(_live(layout, wanted, min_free_mb))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([life, told], return_when=asyncio.FIRST_COMPLETED)
    life.cancel()
    told.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await life


async def _live(layout: Layout, wanted: Ports, min_free_mb: int) -> None:
    """Run the stack until cancelled, or until somebody removes its directory."""
    check_room(layout.root, min_free_mb)
    known = remembered(layout)
    with Claims() as claims:
        memory = replace(known, ports=claims.settle(wanted, known.ports))
        write_json(layout.memory, asdict(memory))
        layout.conf.mkdir(exist_ok=True)
        layout.addresses.unlink(missing_ok=True)
        await _keep_up(layout, memory)


async def _keep_up(layout: Layout, memory: Memory) -> None:
    def changed(name: str, status: PartStatus) -> None:
        _note(layout, supervisor.status())
        _tell({"part": name, "state": status.state})

    kafka_jars = await _jars(layout)
    supervisor = Supervisor(_parts(layout, memory, kafka_jars), on_change=changed)
    try:
        async with supervisor, _later_starts_quicker(layout, kafka_jars):
            write_json(layout.addresses, asdict(memory.addresses()))
            _tell({"ready": True})
            _quiet()
            while layout.lock.exists():
                await asyncio.sleep(1)
    except PartError as error:
        raise EmbeddedError(_not_started(error, layout)) from error
    finally:
        layout.addresses.unlink(missing_ok=True)


def check_room(root: Path, min_free_mb: int) -> None:
    """Raise EmbeddedError if the disk has less than that many MB left."""
    free_mb = shutil.disk_usage(root).free // MB
    if free_mb < min_free_mb:
        raise EmbeddedError(full(root, free_mb, min_free_mb))


def remembered(layout: Layout) -> Memory:
    """Return what the data directory was made with; new values if it is a new one.

    Raises
    ------
    EmbeddedError
        There is something in it that is not, or not wholly, a data directory.
    """
    try:
        memory = read_memory(layout.memory)
    except ValueError as error:
        raise EmbeddedError(f"{error}. {_start_over(layout)}") from error
    if memory is not None:
        return memory
    half = [name for name in PARTS if layout.data(name).exists()]
    if half:
        raise EmbeddedError(
            f"{layout.root} is only half there: {', '.join(half)} without {layout.memory.name}, which holds "
            f"the password and Kafka's cluster id. {_start_over(layout)}"
        )
    return Memory()


def _start_over(layout: Layout) -> str:
    return f"Restore that file, or start over with an empty directory: rm -r {layout.root}"


async def _jars(layout: Layout) -> Path:
    def progress(done: int, total: int) -> None:
        _tell({"part": "kafka", "state": "downloading", "done": done, "total": total})

    from deploy.embedded import jars  # noqa: PLC0415

    return await asyncio.to_thread(jars.jars, jars.cache_dir(layout.root / "cache"), progress)


@contextlib.asynccontextmanager
async def _later_starts_quicker(layout: Layout, kafka_jars: Path) -> AsyncIterator[None]:
    from deploy.embedded import classes  # noqa: PLC0415

    making = asyncio.create_task(classes.make(kafka_jars, layout.log("classes")))
    try:
        yield
    finally:
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)


def _parts(layout: Layout, memory: Memory, kafka_jars: Path) -> list[Part]:
    # Not before they are needed: what is refused is refused at once.
    from deploy.embedded import kafka, postgres, valkey  # noqa: PLC0415

    return [
        kafka.part(layout, memory, kafka_jars),
        postgres.primary(layout, memory),
        postgres.replica(layout, memory),
        valkey.part(layout, memory),
    ]


def _note(layout: Layout, parts: Mapping[str, PartStatus]) -> None:
    """Write down who we are and how the parts are doing, for those who ask from outside."""
    me = psutil.Process()
    state = {"pid": me.pid, "started": me.create_time()}
    write_json(layout.supervisor, {**state, "parts": {name: asdict(part) for name, part in parts.items()}})


def _not_started(error: PartError, layout: Layout) -> str:
    log = layout.log(error.part)
    if "No space left on device" in error.log_end:
        return full(layout.root)
    end = f" Its log ends with:\n{error.log_end}" if error.log_end else ""
    return f"{error.part} {error.reason}. Read {log}, put right what it says, then: overround up.{end}"


def _tell(event: dict[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever started us may be gone; the stack need not go too
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def _quiet() -> None:
    """Let go of the pipe; from now on standard output goes where standard error goes, to the log."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
