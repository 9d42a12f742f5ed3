"""``overround report fair``: docs/fair-odds.md and its pictures."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from overround.commands.fair import Files, MoreFiles, instant, read


def fair(
    matches: Files,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="first day that is judged")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="the day after the last one")],
    more: MoreFiles = None,
    tennis: Annotated[
        list[Path] | None,
        typer.Option("--tennis", metavar="FILE", help="tennis-data.co.uk file, for a section on tennis"),
    ] = None,
    out: Annotated[Path, typer.Option(help="folder of fair-odds.md and its pictures")] = Path("docs"),
) -> None:
    """Walk the fair-odds model and its variants through a period, and write what came out.

    Takes half an hour on one core.
    Example: overround report fair --matches matches.csv.gz --from 2021-07-01 --until 2023-07-01
    """
    from ml.fair.model import FairModel
    from ml.fair.pictures import calibration_picture, learning_picture
    from ml.fair.report import PICTURES, report
    from ml.fair.study import study
    from ml.fair.table import table
    from ml.fair.tennis import section, tennis_study
    from ml.fair.training import Settings

    champion = FairModel.load()
    known, totals = (table(read(matches, more, market)) for market in ("1x2", "ou:2.5"))
    settings = Settings(**champion.card["settings"])
    found = study(
        known, totals, instant(since), instant(until), settings, lambda text: typer.echo(text, err=True)
    )
    two_way = ""
    if tennis:
        matches_of = table(read(tennis, None, "ml"))
        two_way = section(tennis_study(matches_of, lambda text: typer.echo(text, err=True)))
    files = " ".join(shlex.quote(path.name) for path in [*matches, *(more or [])])
    command = f"overround report fair --matches {files} --from {since} --until {until}"
    command += "".join(f" --tennis {shlex.quote(path.name)}" for path in tennis or [])
    out.mkdir(parents=True, exist_ok=True)
    calibration_picture(found.calibration, out / PICTURES[0])
    learning_picture(found.learning, found.by_season, out / PICTURES[1])
    (out / "fair-odds.md").write_text(
        report(found, champion.card["gain"], command, two_way), encoding="utf-8"
    )
