"""``overround report arbitrage``: docs/arbitrage.md and its pictures."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from overround.console import fail


def arbitrage(
    name: Annotated[str, typer.Option("--feed", metavar="FORMAT", help="`overround feed list` shows them")],
    file: Annotated[Path, typer.Argument(help="a recording; .gz, .xz and .bz2 are unpacked")],
    out: Annotated[Path, typer.Option(help="folder of arbitrage.md and its pictures")] = Path("docs"),
    max_age: Annotated[float, typer.Option(help="seconds since a book's last confirmation", min=1)] = 300.0,
) -> None:
    """Find all arbitrage of a recording, and write what came out.

    Example: overround report arbitrage --feed the-odds-api worldcup.jsonl.xz
    """
    from feeds.account import Account
    from feeds.formats import FORMATS
    from ml.arbitrage.pictures import lifetimes_picture, margins_picture
    from ml.arbitrage.report import PICTURES, report
    from overround.commands.evaluate_arbitrage import evaluation

    if name not in FORMATS:
        fail(f"unknown format {name!r}; there are {', '.join(FORMATS)}")
    if not file.is_file():
        fail(f"no such file: {file}")
    found = evaluation(name, file, max_age, 0.0, [], None, Account())
    command = f"overround report arbitrage --feed {name} {shlex.quote(file.name)}"
    out.mkdir(parents=True, exist_ok=True)
    if any(each.closed for each in found.found):
        lifetimes_picture(found, max_age, out / PICTURES[0])
        margins_picture(found, out / PICTURES[1])
    (out / "arbitrage.md").write_text(report(found, max_age, command), encoding="utf-8")
