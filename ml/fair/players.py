"""Tennis: what past matches tell of two players, and the features of a two-way market.

There are no closing prices beside the earlier ones in the files of tennis, so there is no move to learn from:
form is made of results, held against what the prices expected.
"""

import json
from functools import lru_cache
from importlib.resources import files
from math import log, nan

from ml.fair.match import Closed, Market, Probabilities
from ml.fair.teams import TeamForm

TOURS = ("ATP", "WTA")
ELO_STEP = 32.0
SURFACE_STEP = 20.0
LONG_REST_DAYS = 60.0
DAY_MS = 86_400_000.0
FORTNIGHT_MS = 14.0 * DAY_MS
MIRRORED = (
    "consensus_side",
    "sharp_side",
    "mean_side",
    "elo_edge",
    "surface_edge",
    "residual_fast",
    "residual_slow",
    "rest",
    "recent",
)
"""Features that change their sign when the two players change places; the others stay as they are."""


@lru_cache(maxsize=10_000)
def tour_of(competition: str) -> str:
    """Return the tour of a tournament, ``""`` where it is of none; its players are known on all of it."""
    tour = competition.partition(" ")[0]
    return tour if tour in TOURS and tour != competition else ""


def surface_of(competition: str) -> str:
    """Return ``hard``, ``clay`` or ``grass``; ``""`` for a tournament that the table does not have."""
    return _surfaces().get(competition, "")


@lru_cache(maxsize=1)
def _surfaces() -> dict[str, str]:
    table = json.loads((files("ml.fair") / "surfaces.json").read_text(encoding="utf-8"))
    return {name: surface for surface, names in table.items() for name in names}


def update_players(home: TeamForm, away: TeamForm, match: Closed) -> None:
    """Change the forms of two players by a match that has become final."""
    surface = surface_of(match.competition)
    won = float(match.home_score > match.away_score)
    gain = ELO_STEP * (won - _expected(home.elo - away.elo))
    on_surface = _on(home, surface) - _on(away, surface)
    tilt = SURFACE_STEP * (won - _expected(home.elo - away.elo + on_surface))
    expected = match.closing_two or match.opening_two
    for player, sign in ((home, 1.0), (away, -1.0)):
        player.elo += sign * gain
        if surface:
            player.surfaces[surface] = _on(player, surface) + sign * tilt
        if expected is not None:
            surplus = sign * (won - expected[0])
            player.residual_fast += 0.25 * (surplus - player.residual_fast)
            player.residual_slow += 0.06 * (surplus - player.residual_slow)
            player.residual_last = surplus


def _expected(difference: float) -> float:
    expected: float = 1.0 / (1.0 + 10.0 ** (-difference / 400.0))
    return expected


def _on(player: TeamForm, surface: str) -> float:
    return player.surfaces.get(surface, 0.0)


def log_odds(two: Probabilities) -> float:
    """Return the log of the first probability over the second."""
    return log(two[0] / two[1])


def form_features(market: Market, home: TeamForm, away: TeamForm) -> dict[str, float]:
    """Return what the players' past tells beside the consensus; ratings are in log-odds."""
    side = log_odds(market.consensus)
    surface, unit = surface_of(market.competition), log(10.0) / 400.0
    elo = unit * (home.elo - away.elo)
    on_surface = unit * (_on(home, surface) - _on(away, surface))
    return {
        "elo_edge": elo - side,
        "surface_edge": elo + on_surface - side,
        "residual_fast": home.residual_fast - away.residual_fast,
        "residual_slow": home.residual_slow - away.residual_slow,
        "rest": _rest_days(market, home) - _rest_days(market, away),
        "recent": _recent(market, home) - _recent(market, away),
        "seen": float(min(home.seen, away.seen, 100)),
        "surface": {"hard": 0.0, "clay": 1.0, "grass": 2.0}.get(surface, nan),
        "tour": float(tour_of(market.competition) == "WTA"),
    }


def _rest_days(market: Market, player: TeamForm) -> float:
    if not player.played:
        return LONG_REST_DAYS
    return min((market.starts_at_ms - player.played[-1]) / DAY_MS, LONG_REST_DAYS)


def _recent(market: Market, player: TeamForm) -> float:
    since = market.as_of_ms - FORTNIGHT_MS
    return float(sum([at > since for at in player.played]))
