"""What a market of the exchange is called here."""

from collections.abc import Mapping
from typing import Any, Literal

from feeds.account import RowError
from feeds.betfair.book import Definition
from feeds.identity import event_id
from feeds.markets import lined
from feeds.prices import millis
from schemas import Fixture

SPORTS = {
    "1": "soccer",
    "2": "tennis",
    "4": "cricket",
    "7": "horse_racing",
    "4339": "greyhounds",
    "7511": "baseball",
    "7522": "basketball",
    "7524": "icehockey",
}
_RACE = "WIN"
DECISIVE = ("MATCH_ODDS", _RACE)
"""When such a market is settled, so is its event."""
_ORDERED = {
    "DRAW_NO_BET": ("dnb", ("home", "away")),
    "BOTH_TEAMS_TO_SCORE": ("btts", ("yes", "no")),
}
_TOTALS = "OVER_UNDER_"
_SETTLED: Mapping[str, Literal["won", "lost", "void"]] = {
    "WINNER": "won",
    "LOSER": "lost",
    "REMOVED": "void",
    "REMOVED_VACANT": "void",
    "HIDDEN": "void",
}


def event_of(market_id: str, definition: Definition) -> str:
    """Return the event: of a race the market's own, since a meeting's races share Betfair's event."""
    parts = ("betfair", definition["eventId"])
    return event_id(*parts, market_id) if definition["marketType"] == _RACE else event_id(*parts)


def outcomes_of(definition: Definition) -> tuple[str, dict[int, str]]:
    """Return the market's name, and the outcome of each selection.

    Runners stand in the order that Betfair shows them in: home, away, draw; under, over.

    Raises
    ------
    RowError
        ``unknown_market``.
    """
    kind = str(definition["marketType"])
    runners: list[dict[str, Any]] = sorted(
        definition["runners"], key=lambda runner: int(runner["sortPriority"])
    )
    ids = [int(runner["id"]) for runner in runners]
    if kind == _RACE:
        return "win", {id_: str(id_) for id_ in ids}
    if kind == "MATCH_ODDS" and len(ids) in (2, 3):
        name, outcomes = ("ml", ("home", "away")) if len(ids) == 2 else ("1x2", ("home", "away", "draw"))
    elif kind.startswith(_TOTALS) and kind.removeprefix(_TOTALS).isdigit():
        name, outcomes = lined("ou", int(kind.removeprefix(_TOTALS)) / 10), ("under", "over")
    elif kind in _ORDERED:
        name, outcomes = _ORDERED[kind]
    else:
        raise RowError("unknown_market")
    if len(ids) != len(outcomes):
        raise RowError("unknown_market")
    return name, dict(zip(ids, outcomes, strict=True))


def fixture_of(market_id: str, definition: Definition, at_ms: int) -> Fixture:
    """Return the event as the definition has it; runners without a name are called by their selection."""
    runners = sorted(definition["runners"], key=lambda runner: int(runner["sortPriority"]))
    names = [str(runner.get("name") or f"selection {runner['id']}") for runner in runners]
    place = (
        definition.get("venue") or definition.get("eventName") or definition.get("countryCode") or "unknown"
    )
    race = definition["marketType"] == _RACE
    return Fixture(
        event_id=event_of(market_id, definition),
        sport=SPORTS.get(definition["eventTypeId"], f"betfair-{definition['eventTypeId']}"),
        competition=str(definition.get("competitionName") or place),
        home=str(place) if race else names[0],
        away="the field" if race else names[1],
        starts_at_ms=millis(definition["marketTime"]),
        event_time_ms=at_ms,
    )


def settled(definition: Definition) -> dict[str, Literal["won", "lost", "void"]]:
    """Return what became of each outcome of a closed market."""
    _, outcomes = outcomes_of(definition)
    return {
        outcomes[runner["id"]]: _SETTLED[runner["status"]]
        for runner in definition["runners"]
        if runner["status"] in _SETTLED
    }
