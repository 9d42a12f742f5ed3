"""Which event a feed's match is: one that is known, a new one, or one that a person has to look at."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from domain.matching.names import category, similarity

HOUR_MS = 3_600_000

WINDOWS_H = MappingProxyType({"soccer": 30.0, "tennis": 40.0, "baseball": 3.0})
"""How far apart two sources' kick-offs of one match may lie. In soccer no two sides meet twice within it; in
baseball they meet every day, and twice on some."""


@dataclass(frozen=True, slots=True)
class EventRef:
    """A match as one feed has it.

    Parameters
    ----------
    feed, feed_id : str
        The source, and what it calls the match; a feed's two matches are two events.
    starts_at_ms : int
        Kick-off, UTC milliseconds.
    """

    feed: str
    feed_id: str
    sport: str
    competition: str
    home: str
    away: str
    starts_at_ms: int


@dataclass(frozen=True)
class MatcherConfig:
    """When two matches are one; similarities as ``names.similarity`` has them.

    Parameters
    ----------
    mean, least : float
        Both sides together and the less similar of them must reach these,
    sure, other : float
        or one side reaches ``sure`` and the other at least ``other``: a side does not play twice at once.
    swapped_mean : float
        What both sides together must reach where home and away are the other way round.
    lead : float
        By how much the best candidate must be ahead of the next; an hour between kick-offs counts .02.
    review : float
        From which mean on a match that is not accepted is looked at by a person.
    windows_h : mapping of str to float
        By sport; ``window_h`` for the rest.
    """

    mean: float = 0.8
    least: float = 0.6
    sure: float = 0.95
    other: float = 0.4
    swapped_mean: float = 0.9
    lead: float = 0.1
    review: float = 0.45
    windows_h: Mapping[str, float] = field(default_factory=lambda: WINDOWS_H)
    window_h: float = 6.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a feed's match was found to be.

    Parameters
    ----------
    kind : str
        ``same`` as ``event_id``; ``new``; or ``review``: perhaps ``event_id``, and not to be merged until a
        person has said so.
    swapped : bool
        The feed has home and away the other way round.
    score : float
        Mean similarity of the two sides.
    reason : str
        ``known`` (the feed has sent it before), ``names``, ``one_side``, ``none``; for a review ``rival``
        (another event is nearly as good) or ``unlike`` (names differ too much).
    """

    kind: Literal["same", "new", "review"]
    event_id: str | None
    swapped: bool
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    event_id: str
    ref: EventRef
    swapped: bool
    mean: float
    least: float
    most: float
    rank: float


class Matcher:
    """Knows the events so far, each with its matches by feed. Deterministic in the order of the calls."""

    def __init__(self, config: MatcherConfig | None = None) -> None:
        self._config = config or MatcherConfig()
        self._known: dict[tuple[str, str], tuple[str, bool]] = {}
        self._members: dict[str, list[EventRef]] = {}
        self._by_day: dict[tuple[str, int], dict[str, None]] = defaultdict(dict)

    def match(self, ref: EventRef) -> Verdict:
        """Return what ``ref`` is, changing nothing.

        Sides of different categories (women, youth, reserves) are never one; nor are two matches of one feed.
        """
        known = self._known.get((ref.feed, ref.feed_id))
        if known is not None:
            return Verdict("same", known[0], known[1], 1.0, "known")
        found = sorted(self._candidates(ref), key=lambda c: (-c.rank, c.event_id))
        if not found:
            return Verdict("new", None, False, 0.0, "none")
        best = found[0]
        reason = self._accepted(best)
        rival = next(
            (c for c in found[1:] if c.rank > best.rank - self._config.lead and self._accepted(c)), None
        )
        if reason and rival is None:
            return Verdict("same", best.event_id, best.swapped, best.mean, reason)
        if reason:
            return Verdict("review", best.event_id, best.swapped, best.mean, "rival")
        if best.mean >= self._config.review:
            return Verdict("review", best.event_id, best.swapped, best.mean, "unlike")
        return Verdict("new", None, False, best.mean, "none")

    def add(self, ref: EventRef, event_id: str, *, swapped: bool = False) -> None:
        """Take note that ``ref`` is ``event_id``, new or known; said again, it takes a new kick-off."""
        members = self._members.setdefault(event_id, [])
        turned = _turned(ref) if swapped else ref
        members[:] = [one for one in members if (one.feed, one.feed_id) != (ref.feed, ref.feed_id)]
        members.append(turned)
        self._known[ref.feed, ref.feed_id] = (event_id, swapped)
        self._by_day[ref.sport, _day(ref.starts_at_ms)][event_id] = None

    def _accepted(self, candidate: _Candidate) -> str | None:
        config = self._config
        if candidate.swapped and candidate.mean < config.swapped_mean:
            return None
        if candidate.mean >= config.mean and candidate.least >= config.least:
            return "names"
        if candidate.most >= config.sure and candidate.least >= config.other:
            return "one_side"
        return None

    def _candidates(self, ref: EventRef) -> Iterator[_Candidate]:
        window_ms = self._config.windows_h.get(ref.sport, self._config.window_h) * HOUR_MS
        first, last = _day(ref.starts_at_ms - int(window_ms)), _day(ref.starts_at_ms + int(window_ms))
        events: dict[str, None] = {}
        for day in range(first, last + 1):
            events.update(self._by_day.get((ref.sport, day), {}))
        for event_id in events:
            best: _Candidate | None = None
            for member in self._members[event_id]:
                apart_ms = abs(member.starts_at_ms - ref.starts_at_ms)
                if member.feed == ref.feed:
                    best = None
                    break
                if apart_ms <= window_ms:
                    candidate = _compared(event_id, ref, member, apart_ms)
                    if candidate is not None and (best is None or candidate.rank > best.rank):
                        best = candidate
            if best is not None:
                yield best


def _compared(event_id: str, ref: EventRef, member: EventRef, apart_ms: int) -> _Candidate | None:
    straight = _pair(ref.home, member.home, ref.away, member.away, ref, member)
    turned = _pair(ref.home, member.away, ref.away, member.home, ref, member)
    swapped = sum(turned) > sum(straight)
    pair = turned if swapped else straight
    if max(pair) == 0.0:
        return None
    mean = 0.5 * sum(pair)
    rank = mean - 0.02 * apart_ms / HOUR_MS - (0.05 if swapped else 0.0)
    return _Candidate(event_id, member, swapped, mean, min(pair), max(pair), rank)


def _pair(
    home: str, other_home: str, away: str, other_away: str, ref: EventRef, member: EventRef
) -> tuple[float, float]:
    if category(home, ref.competition) != category(other_home, member.competition):
        return 0.0, 0.0
    if category(away, ref.competition) != category(other_away, member.competition):
        return 0.0, 0.0
    return similarity(home, other_home), similarity(away, other_away)


def _turned(ref: EventRef) -> EventRef:
    return EventRef(ref.feed, ref.feed_id, ref.sport, ref.competition, ref.away, ref.home, ref.starts_at_ms)


def _day(at_ms: int) -> int:
    return at_ms // (24 * HOUR_MS)
