"""``overround up``, ``down`` and ``status``: the embedded stack."""

import json as jsonlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail

if TYPE_CHECKING:
    from deploy.embedded import Progress, Status

DataDir = Annotated[
    Path,
    typer.Option(envvar="OVERROUND_DATA_DIR", help="everything of the stack lies there", show_default=True),
]
HERE = Path(".overround")


def _port(part: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--{part}-port",
        envvar=f"OVERROUND_{part.upper().replace('-', '_')}_PORT",
        min=0,
        max=65535,
        help="0 picks a free one; without it the port of last time",
        show_default=False,
    )
    return option


def up(
    data_dir: DataDir = HERE,
    kafka_port: Annotated[int | None, _port("kafka")] = None,
    kafka_controller_port: Annotated[int | None, _port("kafka-controller")] = None,
    postgres_port: Annotated[int | None, _port("postgres")] = None,
    postgres_replica_port: Annotated[int | None, _port("postgres-replica")] = None,
    redis_port: Annotated[int | None, _port("redis")] = None,
    min_free_mb: Annotated[int, typer.Option(help="refuse to start with less room on the disk", min=0)] = 512,
) -> None:
    """Start Kafka, PostgreSQL with a streaming replica, and Valkey on this machine.

    Prints their addresses as OVERROUND_... settings; a second call finds them running and prints the same.
    Example: overround up --kafka-port 9092
    """
    from deploy.embedded import EmbeddedError, Ports, start

    ports = Ports(kafka_port, kafka_controller_port, postgres_port, postgres_replica_port, redis_port)
    try:
        with _shown() as on_progress:
            addresses = start(data_dir, ports, on_progress, min_free_mb=min_free_mb)
    except EmbeddedError as error:
        fail(str(error), code=1)
    for name, address in asdict(addresses).items():
        typer.echo(f"OVERROUND_{name.upper()}={address}")


def down(data_dir: DataDir = HERE) -> None:
    """End the stack; what it holds is kept for the next start.

    Example: overround down
    """
    from deploy.embedded import EmbeddedError, stop

    try:
        was_up = stop(data_dir)
    except EmbeddedError as error:
        fail(str(error), code=1)
    typer.echo("the stack is down" if was_up else f"nothing runs in {data_dir}", err=True)


def status(
    data_dir: DataDir = HERE,
    json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Tell how the stack is doing; exit status 3 when not all of it is ready.

    Example: overround status --json
    """
    from deploy.embedded import EmbeddedError
    from deploy.embedded import status as ask

    try:
        found = ask(data_dir)
    except EmbeddedError as error:
        fail(str(error), code=1)
    if json:
        sys.stdout.write(jsonlib.dumps(asdict(found), default=str) + "\n")
    else:
        _print(found)
    if not found.ready:
        raise typer.Exit(3)


def _print(found: "Status") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if found.supervisor is None:
        console.print(f"nothing runs in {found.data_dir}; start it with: overround up")
        return
    shown = Table(
        "part", "state", "pid", "restarts", "for", "memory", "address", box=None, header_style="bold"
    )
    for part in found.parts:
        memory = f"{part.memory_bytes / 1e6:.0f} MB" if part.pid else ""
        cells = (
            part.name,
            part.state,
            str(part.pid or ""),
            str(part.restarts),
            f"{part.for_s:.0f} s",
            memory,
        )
        shown.add_row(*cells, part.address.rpartition("@")[2].partition("/")[0])
    console.print(shown)
    console.print(f"supervisor {found.supervisor}, data and logs in {found.data_dir}")


@contextmanager
def _shown() -> Iterator[Callable[["Progress"], None]]:
    """Show on stderr what each part is doing, and the downloads of a first start as a bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description:<17}"),
        TextColumn("{task.fields[state]:<11}"),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {}

        def show(progress: "Progress") -> None:
            if not console.is_terminal:
                if progress.done in (0, progress.total):
                    console.print(f"{progress.part}: {progress.state}", highlight=False)
                return
            if progress.part not in tasks:
                tasks[progress.part] = bars.add_task(progress.part, state="", total=None)
            ready = progress.state == "ready"
            done, total = (1, 1) if ready else (progress.done, progress.total or None)
            bars.update(tasks[progress.part], state=progress.state, completed=done, total=total)

        yield show
