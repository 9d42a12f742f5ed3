"""``overround evaluate arbitrage``: all opportunities of a recording."""

import json as jsonlib
import lzma
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from feeds.account import Account
    from ml.arbitrage.evaluation import ArbitrageEvaluation, Found

SHOWN = 20


def arbitrage(
    name: Annotated[str, typer.Option("--feed", metavar="FORMAT", help="`overround feed list` shows them")],
    file: Annotated[Path, typer.Argument(help="a recording; .gz, .xz and .bz2 are unpacked")],
    max_age: Annotated[float, typer.Option(help="seconds since a book's last confirmation", min=1)] = 300.0,
    least: Annotated[float, typer.Option(help="margin from which on it counts, 0.01 is 1%", min=0)] = 0.0,
    commission: Annotated[
        list[str] | None, typer.Option(metavar="BOOK=SHARE", help="what a book keeps of winnings")
    ] = None,
    middle_cost: Annotated[
        float, typer.Option(help="what a middle may lose at worst, 0.02 is 2%; 0: none is looked for")
    ] = 0.0,
    limit: Annotated[int | None, typer.Option(help="read only so many messages", min=1)] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Find every arbitrage of a recording: within a market, and between markets that one score settles.

    Quotes count only while both stood, by event time. An end that the recording does not show is told.
    Example: overround evaluate arbitrage --feed the-odds-api worldcup.jsonl.xz --json
    """
    from feeds.account import Account
    from feeds.formats import FORMATS

    if name not in FORMATS:
        fail(f"unknown format {name!r}; there are {', '.join(FORMATS)}")
    if not file.is_file():
        fail(f"no such file: {file}")
    account = Account()
    if not 0 <= middle_cost < 1:
        fail("--middle-cost is a share of the stake: 0 or more, below 1")
    found = evaluation(name, file, max_age, least, commission or [], limit, account, middle_cost)
    if json:
        sys.stdout.write(jsonlib.dumps(figures(found, max_age)) + "\n")
        return
    _show(found)


def evaluation(
    name: str,
    file: Path,
    max_age: float,
    least: float,
    commission: list[str],
    limit: int | None,
    account: "Account",
    middle_cost: float = 0.0,
) -> "ArbitrageEvaluation":
    """Return what a recording holds, or fail with one line."""
    from itertools import islice

    from domain.arbitrage import ArbitrageConfig
    from feeds import formats
    from feeds.files import lines
    from ml.arbitrage.evaluation import evaluate

    config = ArbitrageConfig(
        max_age_s=max_age,
        min_margin=least,
        commissions=_commissions(commission),
        middle_cost=middle_cost,
    )
    with _readable(file):
        found = evaluate(islice(formats.recorded(name, lines(file), account), limit), config)
    if not found.quotes:
        fail(f"no row of {file} is in format {name}", code=1)
    return found


def figures(found: "ArbitrageEvaluation", max_age: float) -> dict[str, object]:
    """Return what came out, as it is printed."""
    return {
        "quotes": found.quotes,
        "late": found.late,
        "events": found.events,
        "books": len(found.books),
        "max_age_s": max_age,
        "count": len(found.found),
        "within_a_market": sum(each.market is not None for each in found.found),
        "across_markets": sum(each.market is None for each in found.found),
        "lifetimes": found.lifetimes(),
        "coherence": found.coherence(),
        "by_book": dict(found.books_of().most_common()),
        "programs": found.programs,
        "quotes_per_s": round(found.quotes / found.seconds) if found.seconds else None,
        "opportunities": [_figures_of(each) for each in found.found],
        "middles": [{**_figures_of(each), "both_win": each.first.both_win} for each in found.middles],
    }


def _figures_of(each: "Found") -> dict[str, object]:
    return {
        "event": each.event_id,
        "market": each.market,
        "opened_at_ms": each.opened_ms,
        "seen_at_ms": each.first.at_ms,
        "ended_at_ms": each.ended_ms,
        "end_seen": each.closed,
        "lifetime_s": each.lifetime_s,
        "margin": each.first.margin,
        "worst": each.first.worst,
        "best_margin": each.best_margin,
        "confidence": each.first.confidence,
        "legs": [
            {
                "market": leg.market,
                "outcome": leg.outcome,
                "book": leg.book,
                "price": leg.price,
                "stake": leg.stake,
                "age_s": leg.age_s,
            }
            for leg in each.first.legs
        ],
    }


def _show(found: "ArbitrageEvaluation") -> None:
    _table(found.found, "margin")
    if found.middles:
        _table(found.middles, "expected")
    lives = found.lifetimes()
    typer.echo(
        f"{len(found.found)} opportunities in {found.quotes:,} quotes of {found.events} events and"
        f" {len(found.books)} books"
        + (f"; they stood for {lives['median_s']:,.0f} s in the median" if lives else "")
        + (f"; {len(found.middles)} middles" if found.middles else "")
    )


def _table(some: "Sequence[Found]", margin: str) -> None:
    best = sorted(some, key=lambda each: -each.best_margin)[:SHOWN]
    rows = [
        (
            each.event_id,
            each.market or " + ".join(each.first.markets),
            f"{each.best_margin:.2%}",
            f"{each.lifetime_s:,.0f}" + ("" if each.closed else " or more"),
            ", ".join(f"{leg.outcome} {leg.book} {leg.price:g}" for leg in each.first.legs),
        )
        for each in best
    ]
    table(("event", "market", margin, "seconds", "legs as it opened"), rows, as_json=False)


def _commissions(given: list[str]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for each in given:
        book, _, share = each.rpartition("=")
        try:
            shares[book] = float(share)
        except ValueError:
            shares[book] = -1.0
        if not book or not 0 <= shares[book] < 1:
            fail(f"--commission is a book and a share below 1, betfair=0.05, not {each}")
    return shares


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        fail(f"cannot read {file}: {error}", code=1)
