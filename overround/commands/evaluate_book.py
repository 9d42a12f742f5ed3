"""``overround evaluate book``: what a file of bets would have come to against recorded quotes."""

import json as jsonlib
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overround.commands.evaluate_sharps import placed_bets
from overround.console import fail, table

if TYPE_CHECKING:
    from feeds.routing import FeedMessage
    from overround.book_study.outcome import Outcome
    from schemas import OperatorProfile


BUNDLED = "worldcup_2026.jsonl.xz"


def book(
    bets: Annotated[Path, typer.Option("--bets", metavar="FILE", help="CSV of placed bets, packed or not")],
    quotes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a recording; without it the bundled one")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="of the recording")] = "the-odds-api",
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="an operator's settings as JSON; else the study's own")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="messages of the recording to play", min=1)] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Decide a file of bets by the stages that run live, with and without skew and dynamic margin.

    Columns: bettor, event (the event_id of the recording), market (1x2, ou:2.5, ...), selection (home, over,
    ...), price, stake (minor units), placed_at; won if known. Reports decisions by reason, handle, hold by
    the closing probabilities (and as settled where `won` is given), the worst case over time, value at risk
    and expected shortfall, what the bets that each rule stopped would
    have cost, and what would hedge the three events that may cost most, at the last quotes.
    Example: overround evaluate book --bets bets.csv.gz --json
    """
    rejected: Counter[str] = Counter()
    placed = placed_bets(bets, rejected)

    from overround.book_study.bettors import play_file
    from overround.book_study.outcome import outcome_of
    from overround.book_study.results import result, usual_settings
    from overround.book_study.settings import VARIANTS, variant
    from overround.demo.insight import closes
    from schemas import Fixture

    messages = recorded_messages(quotes, format_, limit)
    settings = _settings(profile)
    known = closes(messages)
    sport = next((message.sport for message in messages if isinstance(message, Fixture)), "")
    found = {}
    for name in VARIANTS:
        play, won = play_file(messages, variant(settings, name), placed)
        found[name] = outcome_of(play, known, sport, won)
    if json:
        whole = {
            "bets": len(placed),
            "rejected_rows": dict(rejected),
            "variants": {name: result(one) for name, one in found.items()},
            "where_settings_have_none": usual_settings(),
        }
        sys.stdout.write(jsonlib.dumps(whole) + "\n")
        return
    show(found)


def recorded_messages(path: Path | None, format_: str, limit: int | None) -> "list[FeedMessage]":
    """Return the messages of a recording with heartbeats between them, or fail with one line."""
    from importlib.resources import files
    from itertools import islice

    from feeds.account import Account
    from feeds.files import lines
    from feeds.formats import FORMATS, recorded

    if format_ not in FORMATS:
        fail(f"unknown format {format_!r}; there are {', '.join(FORMATS)}")
    source = Path(str(files("feeds.recordings") / BUNDLED)) if path is None else path
    try:
        found = list(islice(recorded(format_, lines(source), Account()), limit))
    except (OSError, EOFError, ValueError) as error:
        fail(f"cannot read {source}: {getattr(error, 'strerror', None) or error}")
    if not found:
        fail(f"{source} holds nothing of {format_}", code=1)
    return found


def _settings(path: Path | None) -> "OperatorProfile":
    from pydantic import ValidationError

    from overround.book_study.settings import usual
    from schemas import OperatorProfile

    if path is None:
        return usual()
    try:
        return OperatorProfile.model_validate_json(path.read_bytes())
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror or error}")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fail(f"{path} holds no settings: {'.'.join(map(str, first['loc']))}: {first['msg']}")


def show(found: "dict[str, Outcome]") -> None:
    """Print outcomes side by side, in units of currency."""
    table(
        ("", *found),
        [
            ("accepted", *(one.decisions["accepted"] for one in found.values())),
            ("smaller stake offered", *(one.decisions["alternative"] for one in found.values())),
            ("rejected", *(one.decisions["rejected"] for one in found.values())),
            ("handle", *(f"{one.handle / 100:,.0f}" for one in found.values())),
            ("hold", *("" if one.hold is None else f"{one.hold:.2%}" for one in found.values())),
            ("worst case", *(f"{one.worst_case / 100:,.0f}" for one in found.values())),
            *(
                (
                    f"VaR {level:.0%}",
                    *(f"{one.tail.value_at_risk[level].value / 100:,.0f}" for one in found.values()),
                )
                for level in (0.95, 0.99)
            ),
            ("margin aimed at", *(f"{one.target - 1:.2%}" for one in found.values())),
            ("margin offered", *(f"{one.realised - 1:.2%}" for one in found.values())),
        ],
        as_json=False,
    )
    for name, one in found.items():
        typer.echo(f"{name}: {dict(one.reasons.most_common())}")
