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
        Path | None,
        typer.Option(help="add the weights of sports that beat the defaults to this file"),
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
            f"{1e6 * one.divergence:.1f}",
            f"{1e6 * one.default:.1f}",
            f"{1e6 * one.average:.1f}",
            f"{1e6 * one.best_book:.1f}",
            f"{1e6 * one.better_by:.1f} ± {1e6 * one.se:.1f}",
        )
        for (sport, market), one in found.items()
    ]
    columns = ("KL x 1e6", "defaults", "average", "best book", "gain")
    table(("sport", "market", "n", "judged", *columns), rows, as_json=False)


def _add(path: Path, found: "dict[Group, Learned]") -> None:
    from ml.book_weights import gain
    from overround.learned import SIGNIFICANT

    known = jsonlib.loads(path.read_text()) if path.exists() else []
    kept = [one for one in known if (one["sport"], one["market"]) not in found]
    new = []
    for sport in {sport for sport, _ in found}:
        by, se = gain(one for (other, _), one in found.items() if other == sport)
        if by > SIGNIFICANT * se:
            new += [
                {"sport": sport, "market": market, **asdict(one)}
                for (other, market), one in found.items()
                if other == sport
            ]
    rows = sorted([*kept, *new], key=lambda one: (one["sport"], one["market"]))
    path.write_text(jsonlib.dumps(rows, indent=1) + "\n")
