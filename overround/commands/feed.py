"""``overround feed FORMAT FILE``."""

import json as jsonlib
import lzma
import signal
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from feeds import player
    from feeds.account import Account
    from feeds.pacing import Pace
    from feeds.routing import FeedMessage

INTERRUPTED = 130


def feed(
    name: Annotated[str, typer.Argument(metavar="FORMAT", help="`list` shows them")],
    file: Annotated[Path | None, typer.Argument(help="a recording; .gz, .xz and .bz2 are unpacked")] = None,
    speed: Annotated[
        str | None, typer.Option(help="times as fast as it was, or `max` (the default)", metavar="N|max")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="messages a second, whatever their times")] = None,
    snapshot_every: Annotated[
        float | None,
        typer.Option(help="seconds between snapshots; a later one means lost ones", min=1),
    ] = None,
    own_ids: Annotated[
        bool, typer.Option("--own-ids", help="keep the feed's event ids; do not look for known events")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read and account, send nothing")] = False,
    json: Annotated[bool, typer.Option("--json", help="the account as JSON")] = False,
) -> None:
    """Play a recording of odds to Kafka, and account for each of its rows.

    Example: overround feed the-odds-api worldcup.jsonl.xz --speed 60
    """
    from feeds.formats import FORMATS
    from streams.admin import UnreachableError
    from streams.producer import DeliveryError
    from streams.stage import Unavailable

    if name == "list":
        table(("format", "what"), [(key, form.summary) for key, form in FORMATS.items()], as_json=json)
        return
    if name not in FORMATS:
        fail(f"unknown format {name!r}; there are {', '.join(FORMATS)}")
    if file is None:
        fail(f"which file? overround feed {name} FILE")
    if not file.is_file():
        fail(f"no such file: {file}")
    pace = _pace(speed, rate)
    try:
        account, done = _play(name, file, pace, snapshot_every, own_ids=own_ids, dry_run=dry_run)
    except (UnreachableError, DeliveryError, Unavailable) as error:
        fail(str(error), code=1)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        fail(f"cannot read {file}: {error}", code=1)
    _report(account, done, as_json=json)
    if done.stopped:
        raise typer.Exit(INTERRUPTED)
    if account.rows and not account.published:
        fail(f"no row of {file} is in format {name}", code=1)


def _pace(speed: str | None, rate: float | None) -> "Pace":
    from feeds.pacing import AtOnce, AtRate, AtSpeed

    if speed is not None and rate is not None:
        fail("--speed and --rate exclude each other")
    if rate is not None:
        return AtRate(rate) if rate > 0 else fail(f"--rate is a number above 0, not {rate:g}")
    if speed is None or speed == "max":
        return AtOnce()
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    return AtSpeed(factor) if factor > 0 else fail(f"--speed is a number above 0, or max, not {speed}")


def _play(
    name: str, file: Path, pace: "Pace", snapshot_every: float | None, *, own_ids: bool, dry_run: bool
) -> "tuple[Account, player.Progress]":
    from domain.liveness import PATIENCE
    from feeds import formats
    from feeds.account import Account
    from feeds.files import lines
    from feeds.health import Cadence, FeedWatch, watched
    from feeds.numbering import Numbering
    from feeds.player import Nowhere, play
    from overround.settings import settings
    from streams import admin
    from streams.producer import Producer

    account, stop = Account(), threading.Event()
    if not dry_run:
        admin.list_topics(settings().kafka)  # while no broker answers, a producer only logs and waits
    with _stopped_by_signals(stop), _shown(file) as (watch, on_progress):
        interval_ms = formats.FORMATS[name].heartbeat_ms
        every_ms = None if snapshot_every is None else round(snapshot_every * 1000)
        found = FeedWatch(Cadence(round(PATIENCE * interval_ms), every_ms))
        messages = watched(formats.recorded(name, lines(file, watch), account), found)
        if not own_ids:
            messages = _resolved(formats.FORMATS[name].feed, messages, account, dry_run=dry_run)
        if dry_run:
            return account, play(messages, Nowhere(), pace, stop=stop, on_progress=on_progress)
        with Producer(settings().kafka, linger_ms=5) as producer:
            numbering = Numbering(producer, session=time.time_ns() // 1_000_000)
            return account, play(messages, numbering, pace, stop=stop, on_progress=on_progress)


def _resolved(
    feed: str, messages: "Iterable[FeedMessage]", account: "Account", *, dry_run: bool
) -> "Iterator[FeedMessage]":
    """Give messages the ids of known events, and account for what was decided."""
    from feeds.resolving import Resolver
    from overround import known_events
    from overround.settings import settings
    from schemas import EventMatch

    resolver = Resolver(feed)
    with ExitStack() as stack:
        decided: Callable[[], Iterable[EventMatch]] = tuple
        if not dry_run:
            decided = stack.enter_context(known_events.decided(settings().kafka))
            resolver.know(*known_events.read(settings().kafka))
        for message in resolver.resolve(messages, decided):
            if isinstance(message, EventMatch):
                account.matches[message.kind] += 1
            yield message


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _shown(file: Path) -> "Iterator[tuple[Callable[[int], None], Callable[[player.Progress], None]]]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn(file.name), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    text = TextColumn("{task.fields[sent]:,} messages, {task.fields[per_s]:,.0f}/s, {task.fields[at]}")
    with Progress(*columns, text, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=max(file.stat().st_size, 1), sent=0, per_s=0.0, at="")

        def watch(read: int) -> None:
            progress.update(task, completed=read)

        def on_progress(now: "player.Progress") -> None:
            per_s = now.sent / now.elapsed_s if now.elapsed_s else 0.0
            progress.update(task, sent=now.sent, per_s=per_s, at=_instant(now.event_time_ms))

        yield watch, on_progress


def _instant(millis: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _report(account: "Account", done: "player.Progress", *, as_json: bool) -> None:
    if as_json:
        figures = {
            "matches": dict(sorted(account.matches.items())),
            "sent": done.sent,
            "seconds": round(done.elapsed_s, 3),
            "stopped": done.stopped,
        }
        sys.stdout.write(jsonlib.dumps({**account.as_dict(), **figures}) + "\n")
        return
    rows: list[tuple[str, str, int]] = [
        ("rows", "read", account.rows),
        ("rows", "published", account.published),
    ]
    for kind, counts in (
        ("rows rejected", account.rejected),
        ("parts rejected", account.parts_rejected),
        ("messages", account.messages),
        ("matches", account.matches),
    ):
        rows += [(kind, reason, count) for reason, count in sorted(counts.items())]
    table(("", "what", "count"), rows, as_json=False)
