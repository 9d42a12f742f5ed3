"""Form as a stage keeps it: finished matches in whatever order they are told, form as of any instant since.

Form is made of what the champion was shipped with and of the matches after that, by ``form.update`` alone, in
the order in which they became final. A match that is told late is put where it belongs, and the form of its
pool of leagues is made anew; so form depends on the matches that are known, not on the order of their news.
"""

from bisect import bisect_left, insort
from copy import deepcopy
from dataclasses import dataclass, field

from ml.fair.form import Form, pool_of, team_key, update
from ml.fair.match import Closed
from ml.fair.teams import CompetitionForm, TeamForm

_Place = tuple[int, str, str, str, str]
"""When it was final, competition, home, away, event."""


@dataclass(slots=True)
class _Pool:
    """The matches of leagues that share their teams.

    Parameters
    ----------
    matches : list of tuple
        With their places, by which they are sorted.
    taken : int
        How many of them form holds.
    """

    matches: list[tuple[_Place, Closed]] = field(default_factory=list)
    taken: int = 0
    teams: dict[str, TeamForm] = field(default_factory=dict)
    competitions: dict[str, CompetitionForm] = field(default_factory=dict)


class Ledger:
    """The form of teams and competitions as of an instant that moves on.

    Parameters
    ----------
    base : Form
        What the matches until ``base.until_ms`` have left; it is not changed.
    """

    def __init__(self, base: Form) -> None:
        self._base = base
        self._pools: dict[str, _Pool] = {}
        self._events: dict[str, tuple[str, _Place]] = {}
        self._now_ms = 0

    def add(self, event_id: str, match: Closed) -> None:
        """Take a finished match; told again, the later telling counts. What the base holds is left out."""
        if match.final_at_ms <= self._base.until_ms:
            return
        before = self._events.get(event_id)
        if before is not None:
            self._remove(*before)
        name = pool_of(match.competition)
        place = (match.final_at_ms, match.competition, match.home, match.away, event_id)
        pool = self._pools.setdefault(name, _Pool())
        insort(pool.matches, (place, match), key=lambda entry: entry[0])
        self._events[event_id] = name, place
        if pool.taken and place < pool.matches[pool.taken][0]:
            _begin_anew(pool)

    def as_of(self, instant_ms: int) -> "Ledger":
        """Let all matches count that were final before an instant; instants do not go back."""
        self._now_ms = max(self._now_ms, instant_ms)
        return self

    def team(self, competition: str, name: str) -> TeamForm:
        """Return a team's form; of one never seen, that of a newcomer."""
        pool = self._current(competition)
        found = pool.teams.get(team_key(competition, name)) if pool is not None else None
        return found or self._base.team(competition, name)

    def competition(self, name: str) -> CompetitionForm:
        """Return a competition's form."""
        pool = self._current(name)
        found = pool.competitions.get(name) if pool is not None else None
        return found or self._base.competition(name)

    def _current(self, competition: str) -> _Pool | None:
        pool = self._pools.get(pool_of(competition))
        while pool is not None and pool.taken < len(pool.matches):
            place, match = pool.matches[pool.taken]
            if place[0] >= self._now_ms:
                break
            self._take(pool, match)
            pool.taken += 1
        return pool

    def _take(self, pool: _Pool, match: Closed) -> None:
        sides = []
        for name in (match.home, match.away):
            key = team_key(match.competition, name)
            if key not in pool.teams:
                pool.teams[key] = deepcopy(self._base.team(match.competition, name))
            sides.append(pool.teams[key])
        if match.competition not in pool.competitions:
            pool.competitions[match.competition] = deepcopy(self._base.competition(match.competition))
        update(sides[0], sides[1], pool.competitions[match.competition], match)

    def _remove(self, name: str, place: _Place) -> None:
        pool = self._pools[name]
        at = bisect_left(pool.matches, place, key=lambda entry: entry[0])
        del pool.matches[at]
        if at < pool.taken:
            _begin_anew(pool)


def _begin_anew(pool: _Pool) -> None:
    pool.taken = 0
    pool.teams.clear()
    pool.competitions.clear()
