"""``overround evaluate sharps``: what a file of bets says of its bettors."""

import json as jsonlib
import lzma
import sys
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from ml.sharps.bets import PlacedBet
    from ml.sharps.evaluation import Evaluation

SHOWN = 30


def sharps(
    bets: Annotated[Path, typer.Option("--bets", metavar="FILE", help="CSV of placed bets, packed or not")],
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Score bettors by closing line value, and judge the scores of first halves by second halves.

    Columns: bettor, event, market, selection, price, stake, placed_at; close_probability and won if known,
    and best_price, moved, limit_share, in_play, promotion, account_days, device, ip, competition,
    moved_after_ms, usual_gap_ms. Statements of an exchange (ACCOUNT_ID, PRICE_TAKEN, ...) are read too.
    Without closing probabilities a later price of the same selection stands in, else the result; `mark` says
    which.
    Example: overround evaluate sharps --bets bets.csv.gz --json
    """
    rejected: Counter[str] = Counter()
    placed = placed_bets(bets, rejected)

    from ml.sharps.evaluation import evaluate
    from ml.sharps.model import shipped
    from ml.sharps.results import results

    found = evaluate(placed, shipped())
    if json:
        sys.stdout.write(jsonlib.dumps(results(found, rejected)) + "\n")
        return
    _show(found, rejected)


def placed_bets(path: Path, rejected: Counter[str]) -> "list[PlacedBet]":
    """Return the bets of a file, or fail with one line."""
    from feeds.files import lines
    from feeds.tables import table as read_table
    from ml.sharps.betfair import is_betfair, read_betfair
    from ml.sharps.bets import BetsError, read_bets

    try:
        header, rows = read_table(lines(path))
        placed = read_betfair(header, rows) if is_betfair(header) else read_bets(header, rows, rejected)
    except BetsError as error:
        fail(f"{path} is no file of bets: {error}")
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        fail(f"cannot read {path}: {getattr(error, 'strerror', None) or error}")
    if not placed:
        fail(f"{path} has no bets" + (f"; rejected: {dict(rejected)}" if rejected else ""), code=1)
    return placed


def _show(found: "Evaluation", rejected: Counter[str]) -> None:
    best = sorted(found.scores, key=lambda score: -score.found.posterior_mean)[:SHOWN]
    rows = [
        (
            score.bettor,
            score.bets,
            f"{score.found.clv_mean:+.1%}",
            f"{score.found.posterior_mean:+.1%} ± {score.found.posterior_sd:.1%}",
            f"{score.found.log_e_value:.1f}",
            score.flagged_at,
            score.kind,
            f"{score.found.factor:.2f}",
        )
        for score in best
    ]
    columns = ("bettor", "bets", "mean CLV", "true CLV", "log e", "flagged at", "class", "factor")
    table(columns, rows, as_json=False)
    marked = f"{found.marked} bets of {len(found.scores)} bettors marked by {found.source}"
    typer.echo(f"{marked}; rejected rows: {dict(rejected) or 'none'}")
    for ring in found.rings:
        typer.echo(f"ring {', '.join(ring.members)}: {'; '.join(ring.reasons)}")
    halves = [
        (name, half.n, half.bets, _percent(half.clv), _percent(half.roi))
        for name, half in found.split_half.items()
    ]
    table(("in the first half", "bettors", "bets", "CLV after", "ROI after"), halves, as_json=False)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.2%}"
