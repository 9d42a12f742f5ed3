"""How the demo looks: a live view for people, one JSON object for machines."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from typing import Any

from rich.console import Console
from rich.live import Live

from overround.demo.clients import SECRET
from overround.demo.operators import NAMES, PROFILES
from overround.demo.run import Demo, Options
from overround.demo.start import running
from overround.demo.view import View

INTERRUPTED = 130


def run(options: Options, *, once: bool, as_json: bool) -> int:
    """Run the demo; return the exit status: 0 when the books agree, 1 when not, 130 on Ctrl-C."""
    return asyncio.run(_until_done(options, once=once, as_json=as_json))


async def _until_done(options: Options, *, once: bool, as_json: bool) -> int:
    console = Console(stderr=True)
    main = asyncio.current_task()
    assert main is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, main.cancel)
    try:
        with console.status("starting") as status:
            stack = running(options, lambda text: status.update(f"starting: {text}"))
            demo = await stack.__aenter__()
        try:
            return await _show(demo, console, once=once, as_json=as_json)
        finally:
            demo.stop.set()
            await stack.__aexit__(None, None, None)
    except asyncio.CancelledError:
        console.print("stopped")
        return INTERRUPTED


async def _show(demo: Demo, console: Console, *, once: bool, as_json: bool) -> int:
    view = View(demo.observer.seen, demo.playing, PROFILES, lambda: _processes(demo))
    if as_json:
        figures = await demo.play()
    else:
        _addresses(demo, console)
        with Live(view, console=console, refresh_per_second=4):
            figures = await demo.play()
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        _summary(figures, console)
    if not once:
        _addresses(demo, console)
        console.print("The recording has ended; everything stays up until Ctrl-C.")
        with suppress(asyncio.TimeoutError):
            await asyncio.Event().wait()
    return 0 if figures["reconciled"] else 1


def _processes(demo: Demo) -> str:
    return "   ".join(
        f"{name} {status.state}" + (f" (restarted {status.restarts}x)" if status.restarts else "")
        for name, status in demo.supervisor.status().items()
    )


def _summary(figures: dict[str, Any], console: Console) -> None:
    console.print_json(json.dumps(figures))
    if figures["reconciled"]:
        console.print("[green]The books agree[/]: table, topic and PostgreSQL, to the minor unit.")
    else:
        console.print("[red]The books do not agree:[/]")
        for line in figures["disagreements"]:
            console.print(f"  {line}")


def _addresses(demo: Demo, console: Console) -> None:
    url = demo.api_url
    token = f"curl -s -u {NAMES[0]}-demo:{SECRET} -d grant_type=client_credentials {url}/oauth/token"
    console.print(f"Swagger UI  {url}/docs          client {NAMES[0]}-demo, secret {SECRET}")
    console.print(f"            {token}", soft_wrap=True)
    console.print(f"Metrics     {url}/metrics      and one more port for each worker")
    console.print(
        f"Broker      {demo.settings.kafka}    prices are on the topic prices.offered.{NAMES[0]}.v1"
    )
