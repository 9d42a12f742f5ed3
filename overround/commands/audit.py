"""``overround audit``."""

import asyncio
import sys
from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from overround.audit import Archive


def audit(
    json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    explain: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="EVENT MARKET", help="show what each feature added to this market's last price"),
    ] = None,
) -> None:
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
    if explain is not None:
        _explain(archive, *explain, as_json=json)
        return
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


def _explain(archive: "Archive", event_id: str, market: str, *, as_json: bool) -> None:
    """Print the contributions of a model's features to a price (SHAP values), the largest first."""
    found = archive.explained(event_id, market)
    if found is None:
        fail(f"no model has corrected a price of {market} of {event_id}, or it is gone", code=1)
    price, shares = found
    if as_json:
        said = {
            "event_id": event_id,
            "market": market,
            "fair_sequence": price.sequence,
            "model": price.model,
            "consensus": price.consensus,
            "probabilities": price.probabilities,
            "contributions": shares,
        }
        sys.stdout.write(dumps(said) + "\n")
        return
    typer.echo(f"{market} of {event_id}, price {price.sequence}, by {price.model}")
    outcomes = list(shares)
    names = sorted(shares[outcomes[0]], key=lambda name: -max(abs(shares[each][name]) for each in outcomes))
    rows = [(name, *(f"{shares[each][name]:+.4f}" for each in outcomes)) for name in names]
    table(("added to the log of", *outcomes), rows, as_json=False)
