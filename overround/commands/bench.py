"""``overround bench``: measurements that anybody can repeat."""

import asyncio
import json as jsonlib
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from overround.console import fail, table

app = typer.Typer(help="Measure.", no_args_is_help=True, rich_markup_mode=None)

QUIXSTREAMS = "quixstreams==3.28.0"
JOBS = Path(__file__).parents[2] / "bench"


@app.callback()
def _group() -> None:
    """Make a group also of a single verb."""


@app.command()
def seam(
    json: Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")] = False,
    kafka: Annotated[
        str, typer.Option(help="bootstrap servers; without it a broker is started for the measurement")
    ] = "",
    quotes: Annotated[int, typer.Option(help="how many are drained", min=1000)] = 100_000,
    rate: Annotated[int, typer.Option(help="quotes per second while delays are measured", min=1)] = 500,
    seconds: Annotated[float, typer.Option(help="how long delays are measured", min=3)] = 10.0,
    rounds: Annotated[int, typer.Option(help="how often all of it is done", min=1)] = 3,
) -> None:
    """Measure the seam to Faust against a bare loop, quixstreams, and Faust as it comes.

    All do one job in the same run: quotes in JSON of 1,000 events and 20 books, de-vigged, kept by event, the
    mean put out for each quote. Rates are messages per second, the median of the rounds; p50 and p99 are
    milliseconds from the sending of a quote to the arrival of its answer. ``overround`` sends outputs and
    changelog together, ``overround_write_ahead`` writes each chunk ahead, as stages do by default.

    Example: overround bench seam --json
    """
    from overround.settings import settings

    home = settings().data_dir / "bench"
    arguments = [
        "--quotes",
        str(quotes),
        "--rate",
        str(rate),
        "--seconds",
        str(seconds),
        "--rounds",
        str(rounds),
    ]
    python = _quixstreams(home)
    found = _on_broker(kafka, "measure.py", ["--quix-python", str(python), *arguments])
    if json:
        sys.stdout.write(jsonlib.dumps(found) + "\n")
        return
    bare = found["bare"]
    table(
        ("way", "messages/s", "of bare", "p50 ms", "p99 ms", "of bare's p50"),
        [
            (
                name,
                f"{one['rate']:,.0f}",
                f"{one['rate'] / bare['rate']:.0%}",
                one["p50_ms"],
                one["p99_ms"],
                f"{one['p50_ms'] / bare['p50_ms']:.1f}x",
            )
            for name, one in found.items()
        ],
        as_json=False,
    )


@app.command()
def book(
    json: Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")] = False,
    bets: Annotated[int, typer.Option(help="through the stages", min=10_000)] = 1_000_000,
    events: Annotated[int, typer.Option(help="that they are on", min=1)] = 1_000,
    outcomes: Annotated[int, typer.Option(help="of the large market", min=200)] = 2_000,
) -> None:
    """Measure what pricing, deciding and hedging cost, and what many bets or outcomes do to it.

    Times are of CPU. `decide` by the number of bets in the event's book; `large market`: the delay of small
    markets' quotes in one stage without and beside a market of many outcomes; `stages`: bets through assess
    and book in one process with their tables in RocksDB, without a broker. A million bets take some minutes.

    Example: overround bench book --bets 100000 --json
    """
    if not JOBS.is_dir():
        fail(f"the jobs are not here: {JOBS}; run this from a checkout", code=1)
    wanted = ["--bets", str(bets), "--events", str(events), "--outcomes", str(outcomes)]
    done = subprocess.run(
        [sys.executable, str(JOBS / "book.py"), *wanted],
        cwd=JOBS.parent,
        env={**os.environ, "PYTHONPATH": str(JOBS.parent)},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        fail("the measurement failed; what it said stands above", code=1)
    found = jsonlib.loads(done.stdout)
    if json:
        sys.stdout.write(jsonlib.dumps(found) + "\n")
        return
    rows = [
        *((f"decide, {n} bets in the book", cost["rules"], "us") for n, cost in found["decide_us"].items()),
        *((name.replace("_", " "), cost, "us") for name, cost in found["price_us"].items()),
        ("hedge of 20 offers", found["hedge_ms"], "ms"),
        ("small markets alone", found["large_market"]["others_alone_ms"], "ms"),
        (f"beside one of {outcomes} outcomes", found["large_market"]["others_beside_it_ms"], "ms"),
    ]
    table(("what", "p50", "p99", ""), [(n, c["p50"], c["p99"], unit) for n, c, unit in rows], as_json=False)
    stages = found["stages"]
    typer.echo(f"{bets:,} bets over {events:,} events: {stages['how']}")
    for what in ("bets_per_cpu_second", "rss_mib"):
        typer.echo(f"{what}: {stages[what]['start']} at the start, {stages[what]['end']} at the end")


@app.command()
def bets(
    json: Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")] = False,
    kafka: Annotated[
        str, typer.Option(help="bootstrap servers; without it a broker is started for the measurement")
    ] = "",
    bets: Annotated[int, typer.Option(help="singles that are placed", min=10_000)] = 1_000_000,
    events: Annotated[int, typer.Option(help="that they are on", min=1)] = 1_000,
) -> None:
    """Let many bets through running workers, and see whether they grow slower or larger.

    A worker with stages assess and book runs on a broker of its own, its tables in RocksDB; 4,000 bets are
    under way at any time. Printed are decisions per second, and per second of the worker's CPU time, its
    memory, and whether every bet has one decision and the exposures are what the decisions come to. A
    million bets take 10 to 20 minutes and 10 GB of disk.

    Example: overround bench bets --bets 100000 --json
    """
    found = _on_broker(kafka, "bets.py", ["--bets", str(bets), "--events", str(events)])
    if json:
        sys.stdout.write(jsonlib.dumps(found) + "\n")
        return
    table(
        ("what", "start", "end", "end of start"),
        [
            ("bets per second", *found["bets_per_second"].values()),
            ("bets per CPU second", *found["bets_per_cpu_second"].values()),
            ("memory, MiB", *found["rss_mib"].values()),
        ],
        as_json=False,
    )
    decided = ", ".join(f"{count:,} {name}" for name, count in found["decisions"].items())
    typer.echo(f"{decided}; {found['decided_twice']} decided twice")
    typer.echo(f"{found['exposures_that_differ']} exposures are not what the decisions come to")


def _quixstreams(home: Path) -> Path:
    """Return an interpreter that has quixstreams, in an environment of its own, made if it is not there."""
    folder = home / QUIXSTREAMS.replace("==", "-")
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python.absolute()
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        fail("uv is not here; scripts/setup installs it", code=1)
    typer.echo(f"installing {QUIXSTREAMS} into {folder}", err=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for command in (
        [uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)],
        [uv, "pip", "install", "-q", "--python", str(python), QUIXSTREAMS],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            fail(f"{QUIXSTREAMS} cannot be installed: {done.stderr.strip()[-300:]}", code=1)
    ready.touch()
    return python.absolute()


def _on_broker(kafka: str, job: str, arguments: list[str]) -> dict[str, Any]:
    if not JOBS.is_dir():
        fail(f"the jobs are not here: {JOBS}; run this from a checkout", code=1)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each look whether the broker is up
    return asyncio.run(_measure(kafka, job, arguments))


async def _measure(kafka: str, job: str, arguments: list[str]) -> dict[str, Any]:
    if kafka:
        return await _run(kafka, job, arguments)
    async with _broker() as servers:
        return await _run(servers, job, arguments)


async def _run(kafka: str, job: str, arguments: list[str]) -> dict[str, Any]:
    measuring = await asyncio.create_subprocess_exec(
        sys.executable,
        str(JOBS / job),
        kafka,
        *arguments,
        cwd=JOBS.parent,
        env={**os.environ, "PYTHONPATH": str(JOBS.parent)},
        stdout=subprocess.PIPE,
    )
    try:
        answer, _ = await measuring.communicate()
    finally:
        if measuring.returncode is None:
            measuring.terminate()
            await measuring.wait()
    if measuring.returncode:
        fail("the measurement failed; what it said stands above", code=1)
    found: dict[str, Any] = jsonlib.loads(answer)
    return found


@asynccontextmanager
async def _broker() -> AsyncIterator[str]:
    """Run a broker for this measurement alone."""
    from deploy.embedded import jars, kafka
    from deploy.embedded.layout import Layout, Memory
    from deploy.embedded.ports import Bound, Claims, Ports
    from deploy.embedded.supervisor import Supervisor

    with TemporaryDirectory(prefix="overround-bench-") as folder, Claims() as claims:
        layout = Layout(Path(folder))
        layout.conf.mkdir()
        memory = Memory(ports=claims.settle(Ports(), Bound()))
        cache = jars.cache_dir(Path(folder) / "cache")
        found = await asyncio.to_thread(jars.jars, cache, lambda *_: None)
        async with Supervisor([kafka.part(layout, memory, found)]):
            yield memory.addresses().kafka
