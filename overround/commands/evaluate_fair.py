"""``overround evaluate fair``: the fair-odds model on matches that it has not seen."""

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from overround.commands.fair import Files, Market, MoreFiles, instant, models, read
from overround.console import fail, table


def fair(
    matches: Files,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="judge the matches from this day on")],
    more: MoreFiles = None,
    model: Annotated[
        Path | None, typer.Option(help="folder of a model; the champion if none is given")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    market: Market = "1x2",
) -> None:
    """Judge the fair-odds model beside the consensus, the average, each book and the close.

    Earlier matches of the files keep the form of teams up to date. Matches that the model has learned from
    are priced by models trained on earlier matches of the files, season by season.
    Example: overround evaluate fair --matches E0.csv E1.csv --from 2023-08-01 --json
    """
    from ml import registry
    from ml.fair.judgement import judge_matches

    since_ms = instant(since)
    try:
        if model is not None:
            champion = registry.load(model)
        else:
            known = models(market)
            champion = known.load(known.champion())
    except (OSError, registry.UnknownModelError) as error:
        fail(f"no model to judge: {error}")
    judged = judge_matches(
        champion, read(matches, more, market), since_ms, lambda text: typer.echo(text, err=True)
    )
    found = judged.found
    if not found["n"]:
        typer.echo(
            "overround: nothing to judge: it takes matches with a result, a closing price and prices before"
            " it (and, for matches that the model has learned from, several earlier seasons)",
            err=True,
        )
    if json:
        sys.stdout.write(jsonlib.dumps(found) + "\n")
        return
    typer.echo(f"{found['n']} matches, priced by {', '.join(judged.models)}")
    rows = [
        (
            name,
            f"{loss:.5f}",
            f"{1e5 * (found['log_loss']['model'] - loss):+.1f}",
            f"{1e5 * found['paired_se'][f'model-{name}']:.1f}"
            if f"model-{name}" in found["paired_se"]
            else "",
            f"{found['rps'][name]:.5f}",
            f"{found['brier'][name]:.5f}",
            f"{1000 * found['kl_to_close'][name]:.3f}" if name in found["kl_to_close"] else "",
        )
        for name, loss in found["log_loss"].items()
    ]
    columns = ("", "log loss", "model less this, 1e-5", "se", "RPS", "Brier", "KL to the close x 1000")
    table(columns, rows, as_json=False)
