"""``overround report sharps``: docs/sharps.md, its pictures, and the classifier of the package."""

import shlex
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from overround.commands.evaluate_sharps import placed_bets
from overround.commands.recorded import recorded_matches
from overround.console import fail


def sharps(
    matches: Annotated[
        list[Path],
        typer.Option("--matches", metavar="FILE...", help="football-data.co.uk files with the odds"),
    ],
    bets: Annotated[Path | None, typer.Option("--bets", help="a file of real bets to judge as well")] = None,
    out: Annotated[Path, typer.Option(help="folder of sharps.md and its pictures")] = Path("docs"),
    model: Annotated[Path | None, typer.Option(help="write the trained classifier there, too")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="leave earlier matches out")
    ] = None,
    share: Annotated[float, typer.Option(help="of the bettors; less is faster, less exact", min=0.02)] = 1.0,
    seed: Annotated[int, typer.Option(help="of all chance")] = 1,
) -> None:
    """Simulate bettors, train on earlier matches, measure on later ones, and write what came out.

    Takes some minutes.
    Example: overround report sharps --matches matches.csv.gz --since 2019-07-01 --bets bets.csv.gz
    """
    from ml.sharps.evaluation import evaluate
    from ml.sharps.model import write
    from ml.sharps.pictures import alarm_picture, auc_picture, ring_picture
    from ml.sharps.report import PICTURES, report
    from ml.sharps.study import study

    real = placed_bets(bets, Counter()) if bets is not None else None
    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    recorded = [match for match in recorded_matches(matches) if match.kick_off_ms >= since_ms]
    if not recorded:
        fail(f"no match since {since:%Y-%m-%d}")
    found = study(recorded, seed, share)
    judged = evaluate(real, found.classifier) if real is not None else None
    named = [path.name for path in matches]
    command = "overround report sharps " + " ".join(
        [
            *(f"--matches {shlex.quote(name)}" for name in named),
            *([f"--since {since:%Y-%m-%d}"] if since else []),
            *([f"--bets {shlex.quote(bets.name)}"] if bets else []),
        ]
    )
    out.mkdir(parents=True, exist_ok=True)
    auc_picture(found.aucs, out / PICTURES[0])
    alarm_picture(found.false_alarms, found.policy.alpha, out / PICTURES[1])
    if found.rings.example is not None:
        ring_picture(found.rings.example, out / PICTURES[2])
    (out / "sharps.md").write_text(report(found, judged, command), encoding="utf-8")
    if model is not None:
        write(found.classifier, model)
