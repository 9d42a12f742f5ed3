"""``overround report compilation``: docs/compilation.md and its pictures."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.commands.evaluate_prices import Files, MoreFiles, read_matches
from overround.console import fail

if TYPE_CHECKING:
    from schemas import Fixture, Quote


def compilation(
    matches: Files,
    more: MoreFiles = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="another layout, whose matches are brought to the first file's"),
    ] = None,
    quotes: Annotated[
        Path | None,
        typer.Option("--quotes", help="a recording of many books (the-odds-api) for what age costs"),
    ] = None,
    costs: Annotated[
        bool, typer.Option("--costs", help="also what it costs; from a checkout, fetches penaltyblog")
    ] = False,
    out: Annotated[Path, typer.Option(help="folder of compilation.md and its pictures")] = Path("docs"),
) -> None:
    """Measure de-vig, consensus, age, the measure in play and event matching, and write what came out.

    Takes some minutes.
    Example: overround report compilation --matches all.csv.gz --against new.csv.gz --quotes cup.jsonl.xz
    """
    from domain.consensus import ConsensusConfig
    from ml.compilation_pictures import age_picture, reliability_picture
    from ml.compilation_report import PICTURES, Compilation, report
    from ml.half_time import evaluate_half_time
    from ml.match_evaluation import evaluate_matching
    from ml.price_evaluation import evaluate_consensus, evaluate_devig
    from ml.price_tables import price_table
    from ml.quote_ages import study_ages

    files = [*matches, *(more or [])]
    rows = [row for path in files for row in read_matches(path)]
    prices = price_table(rows)
    if not prices.odds:
        fail("no match has a result and 1X2 prices", code=1)
    found = Compilation(
        command=_command(files, against, quotes, costs=costs),
        matches=len(prices),
        devig=evaluate_devig(prices),
        consensus=evaluate_consensus(prices),
        ages=study_ages(_quotes(quotes)) if quotes is not None else None,
        half_time=evaluate_half_time(rows),
        matching=evaluate_matching(read_matches(matches[0]), read_matches(against))
        if against is not None
        else None,
        costs=_costs() if costs else None,
    )
    out.mkdir(parents=True, exist_ok=True)
    reliability_picture(found.consensus.reliability, out / PICTURES[0])
    if found.ages is not None:
        age_picture(found.ages, ConsensusConfig().half_life_s, out / PICTURES[1])
    (out / "compilation.md").write_text(report(found), encoding="utf-8")


def _costs() -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.compilation", "--json", "--penaltyblog"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        fail("what it costs could not be measured; what was said stands above", code=1)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _command(files: list[Path], against: Path | None, quotes: Path | None, *, costs: bool) -> str:
    words = ["overround report compilation --matches", *(shlex.quote(path.name) for path in files)]
    words += ["--against", shlex.quote(against.name)] if against is not None else []
    words += ["--quotes", shlex.quote(quotes.name)] if quotes is not None else []
    words += ["--costs"] if costs else []
    return " ".join(words)


def _quotes(path: Path) -> "Iterator[Fixture | Quote]":
    from feeds.account import Account
    from feeds.files import lines
    from feeds.the_odds_api.snapshots import read
    from schemas import Fixture, Quote

    try:
        for message in read(lines(path), Account()):
            if isinstance(message, Fixture | Quote):
                yield message
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror or error}")
