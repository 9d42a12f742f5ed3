"""``overround report profile``: trains and judges the classifier of the live stage."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from overround.commands.recorded import recorded_matches
from overround.console import fail, table

SHOWN_AT = (5, 10, 20, 50, 100)


def profile(
    matches: Annotated[
        list[Path],
        typer.Option("--matches", metavar="FILE...", help="football-data.co.uk files with the odds"),
    ],
    model: Annotated[Path | None, typer.Option(help="write the trained classifier there")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="leave earlier matches out")
    ] = None,
    share: Annotated[float, typer.Option(help="of the bettors; less is faster, less exact", min=0.02)] = 1.0,
    seed: Annotated[int, typer.Option(help="of all chance")] = 1,
    squares: Annotated[
        int | None,
        typer.Option(help="train nothing; count how many of so many squares the shipped one suspects", min=1),
    ] = None,
) -> None:
    """Train the live classifier on earlier matches, judge it on later ones, print the table of its errors.

    Takes some minutes. Example: overround report profile --matches matches.csv.gz --since 2019-07-01
    """
    from ml.sharps.live import shipped, write
    from ml.sharps.live_study import false_suspicions, live_study, share_of, table_of

    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    recorded = [match for match in recorded_matches(matches) if match.kick_off_ms >= since_ms]
    if not recorded:
        fail(f"no match since {since:%Y-%m-%d}")
    if squares is not None:
        counted = false_suspicions(shipped(), recorded, squares, seed)
        rows = [(bets, counted[bets], share_of(counted[bets], squares)) for bets in SHOWN_AT]
        table(("bets", "ever suspected", "share"), rows, as_json=False)
        return
    classifier, found = live_study(recorded, seed, share)
    typer.echo(table_of(found))
    if model is not None:
        write(classifier, model)
