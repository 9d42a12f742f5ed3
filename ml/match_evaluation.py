"""How well events of two sources are brought together, judged on matches that share more than their names.

Two files of one season that spell clubs differently still agree on the day, the score and the closing prices
of a match: where exactly one match of each has these, that is the truth. A share of the second file's matches
has its counterpart taken away (it must be found new), home and away turned, its kick-off moved, or women's
and youth sides in the names (never the same).
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from domain.matching import EventRef, Matcher

HOUR_MS = 3_600_000
ABSENT = 0.15
CHANGES = {"plain": 0.7, "swapped": 0.1, "moved": 0.1, "women": 0.05, "youth": 0.05}
MAX_MOVE_H = 13
IDENTITY = ("PSCH", "PSCD", "PSCA")


class Match(Protocol):
    """What is needed of a match."""

    @property
    def date(self) -> date:
        """The day of play."""
        ...

    @property
    def kick_off_ms(self) -> int:
        """UTC milliseconds."""
        ...

    @property
    def division(self) -> str:
        """The league."""
        ...

    @property
    def home(self) -> str:
        """The home side."""
        ...

    @property
    def away(self) -> str:
        """The away side."""
        ...

    @property
    def home_goals(self) -> int | None:
        """At full time."""
        ...

    @property
    def away_goals(self) -> int | None:
        """At full time."""
        ...

    @property
    def odds(self) -> Mapping[str, float]:
        """By column."""
        ...


@dataclass
class MatchingScores:
    """What became of the second source's matches.

    Parameters
    ----------
    n : int
        Matches asked about, ``paired`` of which have a counterpart.
    precision, recall : float
        Of those merged, the share that is right; of those with a counterpart, the share that was merged.
    review : int
        Put before a person.
    wrong, missed : list of str
        What was merged wrongly, and what was not merged.
    """

    n: int = 0
    paired: int = 0
    right: int = 0
    review: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of those merged, the share that is right."""
        merged = self.right + len(self.wrong)
        return self.right / merged if merged else float("nan")

    @property
    def recall(self) -> float:
        """Of those with a counterpart, the share that was merged."""
        return self.right / self.paired if self.paired else float("nan")


def evaluate_matching(known: Sequence[Match], asked: Sequence[Match], seed: int = 1) -> MatchingScores:
    """Match the second source's matches against the first's, week by week."""
    chance = random.Random(seed)
    truth = linked(known, asked)
    by_week: dict[int, list[int]] = defaultdict(list)
    for place, match in enumerate(known):
        by_week[_week(match)].append(place)
    asked_by_week: dict[int, list[int]] = defaultdict(list)
    for place in truth:
        asked_by_week[_week(asked[place])].append(place)
    scores = MatchingScores()
    for week in sorted(asked_by_week):
        paired = {truth[place] for place in asked_by_week[week]}
        absent = {place for place in sorted(paired) if chance.random() < ABSENT}
        matcher = Matcher()
        for near in (week - 1, week, week + 1):
            for place in by_week[near]:
                if place not in absent:
                    matcher.add(_ref("first", place, known[place]), str(place))
        for place in asked_by_week[week]:
            change = chance.choices(list(CHANGES), list(CHANGES.values()))[0]
            ref = _changed(_ref("second", place, asked[place]), change, chance)
            there = truth[place] not in absent and change in ("plain", "swapped", "moved")
            _judge(scores, matcher, ref, str(truth[place]) if there else None, change)
    return scores


def linked(known: Sequence[Match], asked: Sequence[Match]) -> dict[int, int]:
    """Return which match of ``known`` each of ``asked`` is, where day, score and closing prices tell."""
    places: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, match in _identified(known):
        places[_identity(match)].append(place)
    wanted: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, match in _identified(asked):
        wanted[_identity(match)].append(place)
    return {
        found[0]: places[identity][0]
        for identity, found in wanted.items()
        if len(found) == 1 and len(places.get(identity, ())) == 1
    }


def _identified(matches: Sequence[Match]) -> Iterable[tuple[int, Match]]:
    return (
        (place, match) for place, match in enumerate(matches) if all(name in match.odds for name in IDENTITY)
    )


def _identity(match: Match) -> tuple[object, ...]:
    return (match.date, match.home_goals, match.away_goals, *(match.odds[name] for name in IDENTITY))


def _judge(scores: MatchingScores, matcher: Matcher, ref: EventRef, truth: str | None, change: str) -> None:
    verdict = matcher.match(ref)
    scores.n += 1
    scores.paired += truth is not None
    scores.review += verdict.kind == "review"
    what = f"{change}: {ref.home} - {ref.away}"
    if verdict.kind == "same":
        if verdict.event_id == truth and verdict.swapped == (change == "swapped"):
            scores.right += 1
        else:
            scores.wrong.append(what)
    elif truth is not None:
        scores.missed.append(what)


def _ref(feed: str, place: int, match: Match) -> EventRef:
    return EventRef(feed, str(place), "soccer", match.division, match.home, match.away, match.kick_off_ms)


def _changed(ref: EventRef, change: str, chance: random.Random) -> EventRef:
    if change == "swapped":
        return replace(ref, home=ref.away, away=ref.home)
    if change == "moved":
        hours = chance.choice((-1, 1)) * chance.randint(1, MAX_MOVE_H)
        return replace(ref, starts_at_ms=ref.starts_at_ms + hours * HOUR_MS)
    if change in ("women", "youth"):
        mark = "W" if change == "women" else "U21"
        return replace(ref, home=f"{ref.home} {mark}", away=f"{ref.away} {mark}")
    return ref


def _week(match: Match) -> int:
    return match.date.toordinal() // 7
