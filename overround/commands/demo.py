"""``overround demo``."""

from pathlib import Path
from typing import Annotated

import typer

from overround.console import fail


def demo(
    once: Annotated[bool, typer.Option("--once", help="end when the recording ends")] = False,
    json: Annotated[bool, typer.Option("--json", help="print one JSON object, and nothing else")] = False,
    quotes_per_s: Annotated[float, typer.Option(help="pace of the recording", min=1)] = 1000.0,
    bets_per_s: Annotated[float, typer.Option(help="pace of the bettors", min=0)] = 100.0,
    seed: Annotated[int, typer.Option(help="of the bettors")] = 2026,
    limit: Annotated[int | None, typer.Option(help="play only so many messages", min=1)] = None,
    data_dir: Annotated[Path, typer.Option(help="made anew at each run; holds logs afterwards")] = Path(
        ".overround/demo"
    ),
) -> None:
    """Play 36 hours of the World Cup 2026 while synthetic bettors bet at two operators.

    Starts everything on this machine, and ends it again. Example: overround demo --once --json
    """
    from deploy.embedded import EmbeddedError
    from overround.demo.run import Options
    from overround.demo.show import run

    if json and not once:
        fail("--json needs --once: one object is printed at the end")
    options = Options(data_dir, quotes_per_s, bets_per_s, seed, limit)
    try:
        code = run(options, once=once, as_json=json)
    except EmbeddedError as error:
        fail(str(error), code=1)
    raise typer.Exit(code)
