"""``overround audit``."""

import asyncio
import sys
from json import dumps
from typing import Annotated

import typer

from overround.console import fail


def audit(json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False) -> None:
    """Recompute every price and decision on the topics from what it says it stood on.

    Exits with 1 when one does not come out as it was published. Example: overround audit --json
    """
    from agents.compacted import read
    from overround.audit import Archive
    from overround.consensus_file import SettingsError, load
    from overround.models import library
    from overround.settings import settings

    config = settings()
    try:
        archive = Archive(
            config.operators, load(config.consensus_file, config.learned_weights_file), library(config)
        )
    except SettingsError as error:
        fail(str(error))
    asyncio.run(read(config.kafka, archive.topics, archive.take))
    found = archive.audit()
    if json:
        figures = {"agreed": found.agreed, "gone": found.gone, "differing": found.differing}
        sys.stdout.write(dumps({**figures, "differences": found.differences}) + "\n")
    else:
        for what in ("fair", "offered", "decision"):
            typer.echo(
                f"{what:<10} {found.agreed[what]:>9,} agree   {found.gone[what]:>9,} rest on what is gone"
            )
        for line in found.differences:
            typer.echo(line, err=True)
    raise typer.Exit(1 if found.differing else 0)
