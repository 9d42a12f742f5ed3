"""``overround report book``: docs/book.md and its pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from feeds.routing import FeedMessage

CURVE = (1.02, 1.04, 1.06, 1.09)


def book(
    out: Annotated[Path, typer.Option(help="folder of book.md and its pictures")] = Path("docs"),
    bets: Annotated[int, typer.Option(help="asked for in each play", min=100)] = 3_000,
    curve_matches: Annotated[int, typer.Option(help="matches of the curve's plays", min=1)] = 8,
    limit: Annotated[int | None, typer.Option(help="messages of the recording to play", min=1)] = None,
) -> None:
    """Let synthetic bettors bet on the bundled recording, with and without skew and dynamic margin.

    Takes some minutes.
    Example: overround report book
    """
    from overround.book_study.bettors import play_population
    from overround.book_study.outcome import outcome_of
    from overround.book_study.pictures import exposure_picture, handle_picture, saved_picture
    from overround.book_study.report import PICTURES, Study, report
    from overround.book_study.settings import VARIANTS, usual, variant
    from overround.demo.insight import Insight, closes
    from overround.demo.start import recording

    messages = recording(limit)
    known = closes(messages)
    some = _of_first(messages, curve_matches)
    matches = {event for event, _ in known}
    curve_bets = max(100, bets // 2)

    found = {
        name: outcome_of(play_population(messages, variant(usual(), name), Insight(known), bets), known)
        for name in VARIANTS
    }
    curves = {
        name: [
            (
                base,
                outcome_of(
                    play_population(some, variant(usual(base), name), Insight(known), curve_bets), known
                ),
            )
            for base in CURVE
        ]
        for name in ("plain", "both")
    }
    study = Study(found, curves, usual(), bets, curve_bets, len(matches), curve_matches)
    out.mkdir(parents=True, exist_ok=True)
    handle_picture(curves, out / PICTURES[0])
    exposure_picture(found, out / PICTURES[1])
    saved_picture(found, out / PICTURES[2])
    command = "overround report book" + (f" --limit {limit}" if limit else "")
    (out / "book.md").write_text(report(study, command), encoding="utf-8")


def _of_first(messages: "list[FeedMessage]", matches: int) -> "list[FeedMessage]":
    """Return the messages of the matches that start first."""
    from schemas import Fixture, Heartbeat

    starts = {m.event_id: m.starts_at_ms for m in messages if isinstance(m, Fixture)}
    first = messages[0].event_time_ms
    later = sorted(
        (event for event, at in starts.items() if at > first), key=lambda event: (starts[event], event)
    )
    chosen = set(later[:matches])
    return [m for m in messages if isinstance(m, Heartbeat) or m.event_id in chosen]
