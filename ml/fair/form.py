"""What past matches tell of teams and competitions: ratings, results against the close, line moves.

The state is made of ``Closed`` matches alone, in the order in which they became final; the order of those
that became final at one instant does not matter. The same matches give the same numbers to the bit, in a
backtest and in the stream.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import log
from typing import Any, Protocol

from ml.fair.match import Closed, Probabilities

ELO_STEP = 20.0
ELO_HOME = 60.0
RATING_STEP = 0.12
RATING_HOME = 0.4
GOALS_PER_LOG_ODDS = 0.8
"""Expected goal difference per unit of log(p home / p away), near evens."""
COMPETITION_STEP = 0.02
BILLION = 1_000_000_000
RECENT = 8
_PYRAMID = re.compile(r"(EC|E\d|SC\d|[A-Z]\d)")
_TIERS = re.compile(r"C?\d?$")


@dataclass(slots=True)
class TeamForm:
    """One team.

    Parameters
    ----------
    elo : float
        By results; 1500 to begin with.
    rating : float
        By closing prices: the difference of two teams' ratings, with the home advantage, is the
        log(p home / p away) that their closes lead one to expect.
    move_fast, move_mid, move_slow : float
        Moving averages of the log-odds by which prices moved to the team's side until the close.
    move_draw : float
        The same of the draw in its matches.
    residual_fast, residual_slow, residual_last : float
        Points won beyond what the close expected.
    goals : float
        Goal difference beyond that.
    played : list of int
        Kick-offs of the last matches, UTC milliseconds.
    seen : int
        Matches.
    moves : int
        Matches whose line move is known.
    """

    elo: float = 1500.0
    rating: float = 0.0
    move_fast: float = 0.0
    move_mid: float = 0.0
    move_slow: float = 0.0
    move_last: float = 0.0
    move_draw: float = 0.0
    residual_fast: float = 0.0
    residual_slow: float = 0.0
    residual_last: float = 0.0
    goals: float = 0.0
    played: list[int] = field(default_factory=list)
    seen: int = 0
    moves: int = 0


@dataclass(slots=True)
class CompetitionForm:
    """How a competition's prices move on average: to the home side, and to the draw.

    Matches that become final at one instant are taken as one group, summed in whole billionths, so that the
    order in which they come changes no bit.

    Parameters
    ----------
    home_before, draw_before : float
        The averages before the last group.
    group_at_ms, group : int
        When the last group became final, and how many matches it has.
    home_sum, draw_sum : int
        Its moves, in billionths.
    moves : int
        Matches in all.
    """

    home_before: float = 0.0
    draw_before: float = 0.0
    group_at_ms: int = -1
    group: int = 0
    home_sum: int = 0
    draw_sum: int = 0
    moves: int = 0

    @property
    def move_home(self) -> float:
        """The moving average of moves to the home side, log-odds."""
        return self._average(self.home_before, self.home_sum)

    @property
    def move_draw(self) -> float:
        """The moving average of moves to the draw."""
        return self._average(self.draw_before, self.draw_sum)

    def _average(self, before: float, total: int) -> float:
        if not self.group:
            return before
        kept: float = (1.0 - COMPETITION_STEP) ** self.group
        return kept * before + (1.0 - kept) * (total / (BILLION * self.group))

    def note(self, at_ms: int, side: float, draw: float) -> None:
        """Take the move of a match that became final at an instant."""
        if at_ms != self.group_at_ms:
            self.home_before, self.draw_before = self.move_home, self.move_draw
            self.group_at_ms, self.group, self.home_sum, self.draw_sum = at_ms, 0, 0, 0
        self.group += 1
        self.home_sum += round(side * BILLION)
        self.draw_sum += round(draw * BILLION)
        self.moves += 1


class Forms(Protocol):
    """Where features look for form: a ``Form``, or the table of a stage."""

    def team(self, competition: str, name: str) -> TeamForm:
        """Return a team's form; of one never seen, that of a newcomer."""
        ...

    def competition(self, name: str) -> CompetitionForm:
        """Return a competition's form."""
        ...


@dataclass(slots=True)
class Form:
    """The state of all teams and competitions.

    Parameters
    ----------
    teams : dict of str to TeamForm
        By ``team_key``.
    competitions : dict of str to CompetitionForm
    until_ms : int
        When the last match was final that it holds.
    """

    teams: dict[str, TeamForm] = field(default_factory=dict)
    competitions: dict[str, CompetitionForm] = field(default_factory=dict)
    until_ms: int = 0

    def team(self, competition: str, name: str) -> TeamForm:
        """Return a team's form; of one never seen, that of a newcomer, which is not kept."""
        return self.teams.get(team_key(competition, name)) or TeamForm()

    def competition(self, name: str) -> CompetitionForm:
        """Return a competition's form."""
        return self.competitions.get(name) or CompetitionForm()

    def apply(self, match: Closed) -> None:
        """Take a match that has become final."""
        self.until_ms = max(self.until_ms, match.final_at_ms)
        home = self.teams.setdefault(team_key(match.competition, match.home), TeamForm())
        away = self.teams.setdefault(team_key(match.competition, match.away), TeamForm())
        update(home, away, self.competitions.setdefault(match.competition, CompetitionForm()), match)

    def dump(self) -> dict[str, Any]:
        """Return the state as JSON."""
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Form":
        """Return the state that ``dump`` gave."""
        return cls(
            {key: TeamForm(**value) for key, value in data["teams"].items()},
            {key: CompetitionForm(**value) for key, value in data["competitions"].items()},
            data["until_ms"],
        )


def update(home: TeamForm, away: TeamForm, place: CompetitionForm, match: Closed) -> None:
    """Change the forms of two teams and their competition by a match that has become final.

    The one way in which form changes; for those who keep forms in a table of their own.
    """
    _score_elo(home, away, match)
    if match.opening is not None and match.closing is not None:
        side, draw = line_move(match.opening, match.closing)
        _note_move(home, away, side, draw)
        place.note(match.final_at_ms, side, draw)
    expected = match.closing or match.opening
    if expected is not None:
        _note_residual(home, away, match, expected)
    for team in (home, away):
        team.seen += 1
        team.played = sorted([*team.played, match.starts_at_ms])[-RECENT:]


def team_key(competition: str, name: str) -> str:
    """Return what a team is kept under: leagues that teams rise and fall between share one pool."""
    pool = _TIERS.sub("", competition) if _PYRAMID.fullmatch(competition) else competition
    return f"{pool}|{name}"


def line_move(before: Probabilities, after: Probabilities) -> tuple[float, float]:
    """Return the moves of log(p home / p away), and of the draw against the geometric mean of both."""
    home, draw, away = (log(b / a) for a, b in zip(before, after, strict=True))
    return home - away, draw - 0.5 * (home + away)


def _score_elo(home: TeamForm, away: TeamForm, match: Closed) -> None:
    expected = 1.0 / (1.0 + 10.0 ** (-(home.elo - away.elo + ELO_HOME) / 400.0))
    step = ELO_STEP * (1.5 if abs(match.home_score - match.away_score) > 1 else 1.0)
    gain = step * (_points(match) - expected)
    home.elo += gain
    away.elo -= gain


def _points(match: Closed) -> float:
    difference = match.home_score - match.away_score
    return 0.5 if difference == 0 else float(difference > 0)


def _note_move(home: TeamForm, away: TeamForm, side: float, draw: float) -> None:
    for team, towards in ((home, side), (away, -side)):
        team.move_fast += 0.3 * (towards - team.move_fast)
        team.move_mid += 0.15 * (towards - team.move_mid)
        team.move_slow += 0.06 * (towards - team.move_slow)
        team.move_last = towards
        team.move_draw += 0.1 * (draw - team.move_draw)
        team.moves += 1


def _note_residual(home: TeamForm, away: TeamForm, match: Closed, expected: Probabilities) -> None:
    log_odds = log(expected[0] / expected[2])
    surplus = _points(match) - (expected[0] + 0.5 * expected[1])
    goals = match.home_score - match.away_score - GOALS_PER_LOG_ODDS * log_odds
    error = log_odds - (home.rating - away.rating + RATING_HOME)
    for team, sign in ((home, 1.0), (away, -1.0)):
        team.residual_fast += 0.3 * (sign * surplus - team.residual_fast)
        team.residual_slow += 0.1 * (sign * surplus - team.residual_slow)
        team.residual_last = sign * surplus
        team.goals += 0.1 * (sign * goals - team.goals)
        team.rating += RATING_STEP * sign * error
