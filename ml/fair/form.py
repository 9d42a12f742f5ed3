"""What past matches tell of teams and competitions: ratings, results against the close, line moves.

The state is made of ``Closed`` matches alone, in the order in which they became final; the order of those
that became final at one instant does not matter. The same matches give the same numbers to the bit, in a
backtest and in the stream.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from math import log
from typing import Any, Protocol

from ml.fair.match import Closed, Probabilities
from ml.fair.players import log_odds, tour_of, update_players
from ml.fair.teams import CompetitionForm, GroupedMean, TeamForm

ELO_STEP = 20.0
ELO_HOME = 60.0
RATING_STEP = 0.12
RATING_HOME = 0.4
GOALS_PER_LOG_ODDS = 0.8
"""Expected goal difference per unit of log(p home / p away), near evens."""
RECENT = 8
_PYRAMID = re.compile(r"(EC|E\d|SC\d|[A-Z]\d)")
_TIERS = re.compile(r"C?\d?$")


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
        found = asdict(self)
        for team in found["teams"].values():
            if not team["surfaces"]:
                del team["surfaces"]
        return found

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Form":
        """Return the state that ``dump`` gave."""
        return cls(
            {key: TeamForm(**value) for key, value in data["teams"].items()},
            {
                key: CompetitionForm(**{name: GroupedMean(**mean) for name, mean in value.items()})
                for key, value in data["competitions"].items()
            },
            data["until_ms"],
        )


def update(home: TeamForm, away: TeamForm, place: CompetitionForm, match: Closed) -> None:
    """Change the forms of two teams and their competition by a match that has become final.

    The one way in which form changes; for those who keep forms in a table of their own.
    """
    if tour_of(match.competition):
        update_players(home, away, match)
    else:
        _update_teams(home, away, place, match)
    for team in (home, away):
        team.seen += 1
        team.played = sorted([*team.played, match.starts_at_ms])[-RECENT:]


def _update_teams(home: TeamForm, away: TeamForm, place: CompetitionForm, match: Closed) -> None:
    _score_elo(home, away, match)
    if match.opening is not None and match.closing is not None:
        side, draw = line_move(match.opening, match.closing)
        _note_move(home, away, side, draw)
        place.move_home.note(match.final_at_ms, side)
        place.move_draw.note(match.final_at_ms, draw)
    if match.closing_total is not None:
        _note_total(home, away, place, match, match.closing_total)
    expected = match.closing or match.opening
    if expected is not None:
        _note_residual(home, away, match, expected)


def team_key(competition: str, name: str) -> str:
    """Return what a team is kept under."""
    return f"{pool_of(competition)}|{name}"


@lru_cache(maxsize=10_000)
def pool_of(competition: str) -> str:
    """Return what a competition's teams share: leagues that teams rise and fall between, tours of tennis."""
    if tour := tour_of(competition):
        return tour
    return _TIERS.sub("", competition) if _PYRAMID.fullmatch(competition) else competition


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


def _note_total(
    home: TeamForm, away: TeamForm, place: CompetitionForm, match: Closed, closing: Probabilities
) -> None:
    surplus = float(match.home_score + match.away_score > 2) - closing[0]
    for team in (home, away):
        team.total += 0.1 * (surplus - team.total)
    if match.opening_total is not None:
        move = log_odds(closing) - log_odds(match.opening_total)
        place.move_total.note(match.final_at_ms, move)
        for team in (home, away):
            team.move_total += 0.12 * (move - team.move_total)
            team.move_total_slow += 0.05 * (move - team.move_total_slow)
            team.total_moves += 1


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
