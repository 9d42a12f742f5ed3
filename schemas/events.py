"""What is played and how it goes: ``events.fixtures.v1``, ``events.results.v1``, ``events.matches.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Name


class Fixture(Message):
    """An event that can be priced. Compacted: the latest fixture of an event is the fixture.

    Parameters
    ----------
    event_id : str
        The event; the key of the record.
    sport, competition, home, away : str
        Who plays what.
    starts_at_ms : int
        Kick-off, UTC milliseconds.
    best_of : int or None
        Of how many sets it is, where it is played in sets and that is known.
    event_time_ms : int
        When this was known.
    """

    event_id: Name
    sport: Name
    competition: Name
    home: Name
    away: Name
    starts_at_ms: Millis
    best_of: Annotated[int, Field(ge=1, le=99)] | None = None
    event_time_ms: Millis


Settled = Literal["won", "lost", "void", "push", "half_won", "half_lost"]


class Result(Message):
    """What has happened in an event so far.

    Parameters
    ----------
    status : str
        ``live`` while it is played, ``final`` when the score stands, ``void`` when no bet stands, and
        ``rollback`` when an earlier message was wrong and the event is open again.
    home_score, away_score : int or None
        The score, where the sport has one.
    clock_s : int or None
        Seconds played.
    home_reds, away_reds : int or None
        Players sent off so far; None: as before.
    settled : dict of str to dict
        Where the source itself settles markets: by market and outcome, ``won``, ``lost``, ``void``, ``push``
        (the stake comes back, as with ``void``), ``half_won`` or ``half_lost``. What is not in it is settled
        by the finishing positions, else by the score.
    positions : dict of str to dict
        Where outcomes finish in an order: by market and outcome, the position from 1; equal positions are a
        dead heat, and an outcome that is left out has not finished.
    deductions : dict of str to int
        By market, what rule 4 takes of winnings because of withdrawn runners, in per cent.
    """

    event_id: Name
    status: Literal["live", "final", "void", "rollback"]
    home_score: int | None = None
    away_score: int | None = None
    clock_s: int | None = None
    home_reds: Annotated[int, Field(ge=0)] | None = None
    away_reds: Annotated[int, Field(ge=0)] | None = None
    settled: dict[Name, dict[Name, Settled]] = Field(default_factory=dict)
    positions: dict[Name, dict[Name, Annotated[int, Field(ge=1)]]] = Field(default_factory=dict)
    deductions: dict[Name, Annotated[int, Field(ge=0, le=100)]] = Field(default_factory=dict)
    event_time_ms: Millis


class EventMatch(Message):
    """Which event a feed's match is. Compacted: the latest decision on a feed's match stands.

    Parameters
    ----------
    feed, feed_id : str
        The source, and what it calls the match.
    kind : str
        ``same``: the match is ``event_id``; ``new``: an event of its own, ``event_id`` being the feed's;
        ``review``: perhaps ``event_id``; until a person has said so it is an event of its own.
    swapped : bool
        The feed has home and away the other way round.
    score : float
        Mean similarity of the names of the two sides, 0 to 1.
    reason : str
        ``names``, ``one_side``, ``known`` or ``none``; for a review ``rival`` (another event is nearly as
        good) or ``unlike`` (names differ too much); ``person`` where one has decided.
    sport, competition, home, away, starts_at_ms
        The match as the feed has it.
    decided_by : str or None
        Who decided, where a person did.
    """

    feed: Name
    feed_id: Name
    kind: Literal["same", "new", "review"]
    event_id: Name
    swapped: bool = False
    score: Annotated[float, Field(ge=0, le=1)] = 0.0
    reason: str = "none"
    sport: Name
    competition: Name
    home: Name
    away: Name
    starts_at_ms: Millis
    decided_by: Name | None = None
    event_time_ms: Millis
