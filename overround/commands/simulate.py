"""``overround simulate bettors``: labelled synthetic bettors on recorded odds."""

import csv
import gzip
import json as jsonlib
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from overround.commands.recorded import recorded_matches
from overround.console import fail

if TYPE_CHECKING:
    from ml.sharps.bets import PlacedBet

app = typer.Typer(help="Make up what is not at hand.", no_args_is_help=True, rich_markup_mode=None)

USUAL_MIXTURE = (
    "square=900,vip_square=10,value_bettor=20,value_25=20,steam_chaser=10,arbitrageur=10,bot=5,ring=1"
)


@app.callback()
def _group() -> None:
    """Make a group also of a single verb."""


@app.command()
def bettors(
    matches: Annotated[
        list[Path],
        typer.Option("--matches", metavar="FILE...", help="football-data.co.uk files with the odds"),
    ],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="further files")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV, packed by its name (.gz, .xz); else stdout")] = None,
    mixture: Annotated[
        str, typer.Option(help="bettors by class; a ring counts as one", metavar="CLASS=N,...")
    ] = USUAL_MIXTURE,
    bets: Annotated[int, typer.Option(help="bets to ask for, per bettor", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="the same seed gives the same bets")] = 1,
    json: Annotated[bool, typer.Option("--json", help="say on stdout what was written; needs --out")] = False,
) -> None:
    """Let synthetic bettors bet on recorded matches, and write their bets with their classes.

    Classes: square, vip_square, value_bettor, steam_chaser, arbitrageur, courtsider, bonus_abuser, bot, ring;
    value_5, value_25, value_50 and value_100 are squares of whose bets so many percent are sharp.
    Example: overround simulate bettors --matches E0.csv --mixture square=500,value_25=50 --out bets.csv.gz
    """
    from ml.sharps.bets import table_of
    from ml.sharps.populations import population
    from ml.sharps.simulate import simulate

    if json and out is None:
        fail("--json needs --out: the bets themselves go to stdout")
    people = population(seed, _mixture(mixture))
    recorded = recorded_matches([*matches, *(more or [])])
    per_match = bets * len(people.bettors) / len(recorded)
    placed = sorted(simulate(people, recorded, per_match, seed), key=lambda bet: bet.placed_at_ms)
    with _opened(out) as file:
        csv.writer(file, lineterminator="\n").writerows(table_of(placed))
    if json:
        sys.stdout.write(jsonlib.dumps(_summary(placed, len(recorded))) + "\n")


def _mixture(text: str) -> dict[str, int]:
    from ml.sharps.populations import registry

    known = registry()
    found: dict[str, int] = {}
    for part in text.split(","):
        name, _, count = part.strip().partition("=")
        if name not in known:
            fail(f"unknown class {name!r}; there are {', '.join(known)}")
        if not count.isdigit() or int(count) == 0:
            fail(f"how many of class {name}? --mixture {name}=10")
        found[name] = int(count)
    return found


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        with _packed(path) as file:
            yield file
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror or error}")


def _packed(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "wt", encoding="utf-8", newline="")
    if path.suffix == ".xz":
        return lzma.open(path, "wt", encoding="utf-8", newline="")
    return path.open("w", encoding="utf-8", newline="")


def _summary(placed: "list[PlacedBet]", matches: int) -> dict[str, object]:
    return {
        "matches": matches,
        "bets": len(placed),
        "bettors": len({bet.bettor for bet in placed}),
        "bets_by_class": dict(sorted(Counter(bet.label for bet in placed).items(), key=str)),
    }
