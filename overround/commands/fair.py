"""``overround fair``: train, judge and change the model that makes fair odds."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table
from overround.settings import settings

if TYPE_CHECKING:
    from ml.fair.gate import Verdict
    from ml.fair.match import Recorded
    from ml.registry import Registry

app = typer.Typer(
    help="The model behind fair odds: train it, judge it, let it price.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Files = Annotated[
    list[Path],
    typer.Option(
        "--matches",
        metavar="FILE...",
        help="football-data.co.uk files of any layout, packed or not; for ml those of tennis-data.co.uk",
    ),
]
MoreFiles = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="further files")]
Local = Annotated[
    bool, typer.Option("--local", help="on this machine only: neither PostgreSQL nor the workers are told")
]
Market = Annotated[str, typer.Option(help="1x2 or ou:2.5; ml: who wins a tennis match")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON array")]


@app.command("train")
def train(
    matches: Files,
    until: Annotated[str, typer.Option(metavar="DATE", help="matches from this day on are not looked at")],
    more: MoreFiles = None,
    trials: Annotated[int, typer.Option(min=0, help="of an Optuna study in the last year but one")] = 0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="a folder instead of the registry")] = None,
    market: Market = "1x2",
) -> None:
    """Learn from files, walk forward by season, and keep the candidate with its card.

    The same files, date, seed and version of XGBoost give the same bytes.
    Example: overround fair train --matches E0.csv E1.csv --until 2023-07-01
    """
    from ml import registry
    from ml.fair.candidate import candidate
    from ml.fair.table import table as arrays
    from ml.fair.training import settings_of

    ends_ms = instant(until)
    found = read(matches, more, market)
    chosen = settings_of(market, seed)
    if trials:
        from ml.fair.tuning import tune

        chosen = tune(arrays(found), ends_ms - 365 * 86_400_000, trials, chosen, _say)
    try:
        made = candidate(found, ends_ms, chosen, _say)
    except ValueError as error:
        fail(str(error), code=1)
    if out is not None:
        registry.save(made, out)
    else:
        out = models(market).add(made)
    typer.echo(f"{made.model.name} in {out}")


@app.command("list")
def list_(json: AsJson = False, market: Market = "1x2") -> None:
    """List the models, what they have learned from, and which one prices.

    Example: overround fair list
    """
    from ml.fair.model import FairModel

    registry = models(market)
    champion = registry.champion()
    rows = []
    for name, folder in registry.folders().items():
        card = FairModel.load(folder).card
        walked = card["walk_forward"]["all"]
        rows.append(
            (
                name,
                "champion" if name == champion else "",
                card["until"],
                card["data"]["matches"],
                round(1e5 * (walked["log_loss"]["model"] - walked["log_loss"]["average"]), 1),
                round(walked["kl_to_close"]["model"] / walked["kl_to_close"]["consensus"], 4),
            )
        )
    columns = ("model", "prices", "until", "matches", "log loss less average, 1e-5", "divergence / consensus")
    table(columns, rows, as_json=json)


@app.command("promote")
def promote(
    name: Annotated[str, typer.Argument(help="as `overround fair list` has it")],
    local: Local = False,
    market: Market = "1x2",
) -> None:
    """Let a model price, if the gate lets it: it must beat the consensus and not lose to the champion.

    Example: overround fair promote fair-1x2-2023-07-01-1a2b3c4d
    """
    from ml.registry import UnknownModelError

    registry, at_ms = models(market), _now_ms()
    try:
        verdict = registry.verdict(name)
    except UnknownModelError as error:
        fail(str(error))
    if verdict.passed:
        _publish(registry, name, "promote", at_ms, local)
        registry.promote(name, at_ms)
    _report(name, verdict)


@app.command("rollback")
def rollback(local: Local = False, market: Market = "1x2") -> None:
    """Let the champion before this one price again.

    Example: overround fair rollback
    """
    from ml.registry import UnknownModelError

    registry, at_ms = models(market), _now_ms()
    try:
        name = registry.before()
    except UnknownModelError as error:
        fail(str(error), code=1)
    _publish(registry, name, "rollback", at_ms, local)
    registry.rollback(at_ms)
    typer.echo(f"{name} prices again")


@app.command("gate")
def gate(
    name: Annotated[str | None, typer.Argument(help="a model; the champion if none is named")] = None,
    market: Market = "1x2",
) -> None:
    """Pass a model through the gate without letting it price.

    Example: overround fair gate
    """
    from ml.registry import UnknownModelError

    registry = models(market)
    try:
        judged = name or registry.champion()
        verdict = registry.verdict(judged)
    except UnknownModelError as error:
        fail(str(error))
    _report(judged, verdict)


@app.command("import")
def import_(matches: Files, more: MoreFiles = None, market: Market = "1x2") -> None:
    """Publish finished matches of files, so that `retrain` finds a history where the platform has none yet.

    Files of football bring 1X2 and 2.5 goals at once; with --market ml the files are of tennis.
    Example: overround fair import --matches E0.csv E1.csv
    """
    from overround.commands.fair_platform import publish_history

    found = read(matches, more, market)
    totals = [None] * len(found) if market == "ml" else read(matches, more, "ou:2.5")
    typer.echo(f"{publish_history(found, totals)} matches published")


@app.command("retrain")
def retrain(
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="matches from this day on are not looked at; today")
    ] = None,
    promote_it: Annotated[bool, typer.Option("--promote", help="let it price if the gate lets it")] = False,
    market: Annotated[str, typer.Option(help="1x2, ou:2.5 or all")] = "1x2",
    every: Annotated[float | None, typer.Option(metavar="DAYS", help="go on doing so", min=0.001)] = None,
) -> None:
    """Learn anew from the finished matches that PostgreSQL has; once, or on a schedule.

    On a day on which nothing was played since the last time it comes to the same model, and changes nothing.
    Example: overround fair retrain --promote --market all --every 7
    """
    from ml.fair.shipped import SHIPPED
    from overround.commands.fair_schedule import repeat, until_told_to_end

    markets = tuple(SHIPPED) if market == "all" else (market,)

    def each() -> None:
        failed = 0
        for name in markets:
            try:
                _retrain(until, promote_it, name)
            except typer.Exit as end:
                failed = end.exit_code or failed
        if failed:
            raise typer.Exit(failed)

    if every is None:
        each()
        return
    with until_told_to_end() as wait:
        repeat(each, every * 86_400.0, wait, _say)


def _retrain(until: str | None, promote_it: bool, market: str) -> None:
    from ml.fair.candidate import candidate
    from ml.fair.training import Settings
    from overround.commands.fair_platform import history, keep

    registry = models(market)
    ends_ms = instant(until or datetime.now(UTC).date().isoformat())
    chosen = Settings(**registry.load(registry.champion()).model.card["settings"])
    try:
        made = candidate(history(ends_ms, market), ends_ms, chosen, _say)
    except ValueError as error:
        fail(str(error), code=1)
    registry.add(made)
    fresh = keep(made)
    typer.echo(f"{made.model.name} {'is new' if fresh else 'is there already'}")
    if promote_it and made.model.name != registry.champion():
        promote(made.model.name, market=market)


def _publish(registry: "Registry", name: str, action: str, at_ms: int, local: bool) -> None:
    if not local:
        from overround.commands.fair_platform import publish

        publish(registry.load(name), action, at_ms)


def _report(name: str, verdict: "Verdict") -> None:
    for what, found in verdict.intervals.items():
        typer.echo(f"{what}: {1e5 * found.mean:+.1f}e-5 ({1e5 * found.low:+.1f} to {1e5 * found.high:+.1f})")
    if not verdict.passed:
        fail(f"{name} {'; '.join(verdict.refusals)}", code=1)
    typer.echo(f"{name} passes the gate on {verdict.n} matches")


def models(market: str = "1x2") -> "Registry":
    """Return the registry of this installation for a market, or end with what is wrong with it."""
    from ml.fair.model import SHIPPED
    from ml.registry import Registry

    if market not in SHIPPED:
        fail(f"no fair odds of {market!r}: there are {', '.join(SHIPPED)}")
    return Registry(settings().data_dir / "models" / market.partition(":")[0], SHIPPED[market])


def read(files: list[Path], more: list[Path] | None, market: str = "1x2") -> "list[Recorded]":
    """Return a market of the matches of files, or end with what is wrong with them."""
    from feeds.account import RowError
    from overround.commands.football import recorded
    from overround.commands.tennis import recorded_tennis

    models(market)
    paths = [*files, *(more or [])]
    for path in paths:
        if not path.is_file():
            fail(f"cannot read {path}: no such file")
    try:
        return recorded_tennis(paths) if market == "ml" else recorded(paths, market)
    except OSError as error:
        fail(f"cannot read {error.filename}: {error.strerror or error}")
    except RowError:
        fail(
            "one of the files is none of tennis-data.co.uk: its first line names no winner and loser"
            if market == "ml"
            else "one of the files is none of football-data.co.uk: its first line names no home and away side"
        )


def instant(day: str) -> int:
    """Return the beginning of a day, UTC milliseconds, or end with what is wrong with it."""
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        fail(f"{day!r} is no date: write it as 2023-07-01")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
