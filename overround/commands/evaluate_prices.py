"""``overround evaluate devig|consensus``: football prices against results and the close."""

import json as jsonlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from feeds.football_data import MatchRow
    from ml.price_tables import PriceTable

Files = Annotated[
    list[Path],
    typer.Option(
        "--matches", metavar="FILE...", help="football-data.co.uk files of any layout, packed or not"
    ),
]
MoreFiles = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="further files")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object")]


def devig(matches: Files, more: MoreFiles = None, json: AsJson = False) -> None:
    """Score each de-vig method on each bookmaker's 1X2 prices: log loss, ranked probability score, Brier.

    Codes are those of the files: PS is Pinnacle, PSC its closing price, Avg the market's average.
    Example: overround evaluate devig --matches E0.csv E1.csv --json
    """
    from ml.price_evaluation import evaluate_devig

    prices = _prices(matches, more)
    scores = evaluate_devig(prices)
    if json:
        methods = {
            method: {code: asdict(score) for code, score in by_code.items()}
            for method, by_code in scores.items()
        }
        _print({"n": len(prices), "methods": methods})
        return
    rows = [
        (code, method, score.n, f"{score.log_loss:.5f}", f"{score.rps:.5f}", f"{score.brier:.5f}")
        for code in prices.odds
        for method, score in ((method, by_code[code]) for method, by_code in scores.items())
    ]
    table(("prices", "method", "n", "log loss", "RPS", "Brier"), rows, as_json=False)


def consensus(matches: Files, more: MoreFiles = None, json: AsJson = False) -> None:
    """Judge the consensus of at least four books, its weights learned on earlier matches only.

    Beside it: each book, the plain average and the close, all on the same matches.
    Example: overround evaluate consensus --matches E0.csv E1.csv --json
    """
    from ml.price_evaluation import BURN_IN, MIN_BOOKS, evaluate_consensus

    scores = evaluate_consensus(_prices(matches, more))
    if not scores.n:
        typer.echo(
            f"overround: nothing to judge: it takes more than {BURN_IN} matches with a close and prices of"
            f" {MIN_BOOKS} books before it",
            err=True,
        )
    if json:
        _print(asdict(scores))
        return
    rows = [
        (
            name,
            f"{loss:.5f}",
            _signed(scores.against.get(name, {})),
            f"{1000 * scores.kl_to_close[name]:.3f}" if name in scores.kl_to_close else "",
            f"{scores.weights[name]:.2f}" if name in scores.weights else "",
        )
        for name, loss in scores.log_loss.items()
    ]
    columns = ("", "log loss", "consensus less this", "KL to the close x 1000", "weight")
    table(columns, rows, as_json=False)


def matching(
    matches: Annotated[
        Path, typer.Option("--matches", help="a football-data.co.uk file: the events that are known")
    ],
    against: Annotated[Path, typer.Option("--against", help="another layout of the same seasons")],
    seed: Annotated[int, typer.Option(help="of what is swapped, moved and left out")] = 1,
    json: AsJson = False,
) -> None:
    """Bring the second file's matches to the first's by names and times, and count what is right.

    The truth is where day, score and closing prices agree. Part of the matches are turned, moved, or have no
    counterpart. Example: overround evaluate matching --matches all.csv --against new_leagues.csv
    """
    from ml.match_evaluation import evaluate_matching

    scores = evaluate_matching(read_matches(matches), read_matches(against), seed)
    if not scores.paired:
        fail("the two files have no match in common", code=1)
    found: dict[str, object] = {
        "n": scores.n,
        "paired": scores.paired,
        "precision": scores.precision,
        "recall": scores.recall,
        "review": scores.review,
        "wrong": scores.wrong,
        "missed": scores.missed,
    }
    if json:
        _print(found)
        return
    shown = [(name, len(value) if isinstance(value, list) else value) for name, value in found.items()]
    table(("", ""), shown, as_json=False)


def _prices(matches: list[Path], more: list[Path] | None) -> "PriceTable":
    from ml.price_tables import price_table

    rows = [row for path in [*matches, *(more or [])] for row in read_matches(path)]
    prices = price_table(rows)
    if not prices.odds:
        fail("no match has a result and 1X2 prices", code=1)
    return prices


def read_matches(path: Path) -> "list[MatchRow]":
    """Return the matches of a file, or end the verb with a line that says why not."""
    from feeds.account import RowError
    from feeds.football_data import read

    try:
        return read(path)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror or error}")
    except RowError:
        fail(f"{path} is no file of football-data.co.uk: its first line names no home and away side")


def _signed(against: dict[str, float]) -> str:
    return f"{against['difference']:+.5f} ± {against['se']:.5f}" if against else ""


def _print(found: dict[str, object]) -> None:
    sys.stdout.write(jsonlib.dumps(found) + "\n")
