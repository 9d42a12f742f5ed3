"""``overround matches list|accept|refuse``: which feeds' matches are one event."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from schemas import EventMatch

app = typer.Typer(no_args_is_help=True, help="Feeds' matches that are perhaps one event: look, and decide.")

Feed = Annotated[str, typer.Argument(help="the feed, as `list` shows it")]
FeedId = Annotated[str, typer.Argument(metavar="ID", help="what the feed calls the match")]
By = Annotated[str, typer.Option(help="who decides")]

COLUMNS = (
    "feed",
    "id",
    "home",
    "away",
    "competition",
    "starts",
    "kind",
    "event",
    "swapped",
    "score",
    "reason",
)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="also what is decided")] = False,
    json: Annotated[bool, typer.Option("--json", help="print a JSON array")] = False,
) -> None:
    """Show the matches that a person has to look at.

    Example: overround matches list
    """
    from feeds.resolving import reviews

    found = _matches()
    latest = list({(match.feed, match.feed_id): match for match in found}.values())
    table(COLUMNS, [_row(match) for match in (latest if every else reviews(found))], as_json=json)


@app.command("accept")
def accept(feed: Feed, feed_id: FeedId, by: By = "operator") -> None:
    """Say that it is the event that it was held for; the feed, if it runs, takes it so from now on.

    Example: overround matches accept football-data fd:e0:2026-08-15:man-united:fulham
    """
    match = _one(feed, feed_id)
    _decide(match, {"kind": "same"}, by)


@app.command("refuse")
def refuse(feed: Feed, feed_id: FeedId, by: By = "operator") -> None:
    """Say that it is an event of its own.

    Example: overround matches refuse football-data fd:e0:2026-08-15:man-united:fulham
    """
    match = _one(feed, feed_id)
    _decide(match, {"kind": "new", "event_id": match.feed_id, "swapped": False}, by)


def _matches() -> "list[EventMatch]":
    from overround import known_events
    from overround.settings import settings
    from streams.admin import UnreachableError
    from streams.stage import Unavailable

    try:
        return known_events.read(settings().kafka)[0]
    except (UnreachableError, Unavailable) as error:
        fail(str(error), code=1)


def _one(feed: str, feed_id: str) -> "EventMatch":
    found = [match for match in _matches() if (match.feed, match.feed_id) == (feed, feed_id)]
    if not found:
        fail(f"feed {feed} has no match {feed_id}; see overround matches list --all", code=1)
    if found[-1].kind != "review":
        fail(f"{feed_id} of {feed} is decided already: {found[-1].kind}", code=1)
    return found[-1]


def _decide(match: "EventMatch", what: dict[str, object], by: str) -> None:
    from feeds.routing import key_of
    from overround.settings import settings
    from streams.producer import Producer
    from streams.topics import MATCHES

    now_ms = time.time_ns() // 1_000_000
    decided = match.model_copy(update={**what, "reason": "person", "decided_by": by, "event_time_ms": now_ms})
    with Producer(settings().kafka) as producer:
        producer.send(MATCHES, key_of(decided), decided, now_ms)
        producer.flush()


def _row(match: "EventMatch") -> tuple[object, ...]:
    from datetime import UTC, datetime

    starts = datetime.fromtimestamp(match.starts_at_ms / 1000, UTC)
    return (
        match.feed,
        match.feed_id,
        match.home,
        match.away,
        match.competition,
        f"{starts:%Y-%m-%d %H:%M}",
        match.kind,
        match.event_id,
        match.swapped,
        round(match.score, 3),
        match.reason,
    )
