"""``overround evaluate weights``."""

import json as jsonlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from ml.book_weights import Group, Learned


def weights(
    name: Annotated[str, typer.Argument(metavar="FORMAT", help="as `overround feed list` shows it")],
    files: Annotated[list[Path], typer.Argument(help="recordings")],
    json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    write: Annotated[
        Path | None, typer.Option(help="add the weights that do better than the defaults to this file")
    ] = None,
) -> None:
    """Learn what each book is worth by sport and market type, and judge it on later matches.

    Example: overround evaluate weights the-odds-api-mlb-ticks mlb.csv.gz
    """
    from feeds import formats
    from feeds.account import Account
    from feeds.files import lines
    from ml.book_weights import learn

    if name not in formats.FORMATS:
        fail(f"unknown format {name!r}; there are {', '.join(formats.FORMATS)}")
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        fail(f"no such file: {missing[0]}")
    found = learn(message for file in files for message in formats.recorded(name, lines(file), Account()))
    if write is not None:
        _add(write, found)
    if json:
        shown = {f"{sport}/{market}": asdict(one) for (sport, market), one in found.items()}
        sys.stdout.write(jsonlib.dumps(shown) + "\n")
        return
    rows = [
        (
            sport,
            market,
            one.n,
            one.judged,
            f"{one.divergence:.3e}",
            f"{one.default:.3e}",
            f"{one.better_by:.1e} ± {one.se:.1e}",
        )
        for (sport, market), one in found.items()
    ]
    table(
        ("sport", "market", "learned on", "judged on", "KL", "KL without", "better by"), rows, as_json=False
    )


def _add(path: Path, found: "dict[Group, Learned]") -> None:
    from overround.learned import SIGNIFICANT

    known = jsonlib.loads(path.read_text()) if path.exists() else []
    kept = [one for one in known if (one["sport"], one["market"]) not in found]
    new = [
        {"sport": sport, "market": market, **asdict(one)}
        for (sport, market), one in found.items()
        if one.better_by > SIGNIFICANT * one.se
    ]
    rows = sorted([*kept, *new], key=lambda one: (one["sport"], one["market"]))
    path.write_text(jsonlib.dumps(rows, indent=1) + "\n")
