"""The features of a market: one definition, for training on files and for pricing in the stream."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import log, nan, sqrt
from statistics import fmean

from domain.devig import devig_one
from ml.fair.form import ELO_HOME, RATING_HOME, CompetitionForm, Form, TeamForm
from ml.fair.match import Market, Probabilities

HOUR_MS = 3_600_000.0
DAY_MS = 24.0 * HOUR_MS
SHARP = "pinnacle"
"""The book with features of its own; the others speak through the mean, the spread and the best price."""
LONG_REST_DAYS = 30.0

_Side = tuple[float, float]
"""Log-odds of home against away, and of the draw against both."""


def _side(probabilities: Probabilities) -> _Side:
    home, draw, away = (log(p) for p in probabilities)
    return home - away, draw - 0.5 * (home + away)


def _spread(values: list[float]) -> float:
    middle = fmean(values)
    return sqrt(fmean((value - middle) ** 2 for value in values))


def _market_features(market: Market) -> dict[str, float]:
    """Return what the books' prices tell beside the consensus."""
    base = _side(market.consensus)
    sides = {book: _side(tuple(devig_one(prices))) for book, prices in sorted(market.books.items())}
    found = {"consensus_side": base[0], "consensus_draw": base[1], "books": float(len(sides))}
    sharp_side, sharp_draw = sides.get(SHARP, (nan, nan))
    found["sharp_side"], found["sharp_draw"] = sharp_side - base[0], sharp_draw - base[1]
    home_away, draws = [s for s, _ in sides.values()], [d for _, d in sides.values()]
    found["mean_side"], found["mean_draw"] = fmean(home_away) - base[0], fmean(draws) - base[1]
    found["spread_side"], found["spread_draw"] = _spread(home_away), _spread(draws)
    columns = list(zip(*market.books.values(), strict=True))
    best = [max(column) for column in columns]
    mean = [fmean(sorted(column)) for column in columns]
    for name, top, usual in zip(("home", "draw", "away"), best, mean, strict=True):
        found[f"best_{name}"] = log(top / usual)
    found["overround"] = fmean(sorted(sum(1.0 / p for p in prices) for prices in market.books.values()))
    found["best_overround"] = sum(1.0 / price for price in best)
    sharp = market.books.get(SHARP)
    found["sharp_overround"] = sum(1.0 / p for p in sharp) if sharp else nan
    return found


def _form_features(
    market: Market, home: TeamForm, away: TeamForm, place: CompetitionForm
) -> dict[str, float]:
    """Return what the teams' and the competition's past tells beside the consensus."""
    side, _ = _side(market.consensus)
    found = {
        "elo_edge": log(10.0) / 400.0 * (home.elo - away.elo + ELO_HOME) - side,
        "rating_edge": home.rating - away.rating + RATING_HOME - side,
        "competition_move_home": place.move_home,
        "competition_move_draw": place.move_draw,
        "teams_move_draw": home.move_draw + away.move_draw,
        "rest": _rest_days(market, home) - _rest_days(market, away),
    }
    for name, value in _PAIRED.items():
        found[name] = value(home) - value(away)
    for name, team in (("home", home), ("away", away)):
        found[f"{name}_move"] = team.move_mid
        found[f"{name}_rest"] = _rest_days(market, team)
        found[f"{name}_recent"] = float(sum(market.as_of_ms - at < 14.0 * DAY_MS for at in team.played))
        found[f"{name}_seen"] = float(min(team.moves, 100))
    return found


_PAIRED: Mapping[str, Callable[[TeamForm], float]] = {
    "move_fast": lambda team: team.move_fast,
    "move_mid": lambda team: team.move_mid,
    "move_slow": lambda team: team.move_slow,
    "move_last": lambda team: team.move_last,
    "residual_fast": lambda team: team.residual_fast,
    "residual_slow": lambda team: team.residual_slow,
    "residual_last": lambda team: team.residual_last,
    "goals": lambda team: team.goals,
}


def _rest_days(market: Market, team: TeamForm) -> float:
    if not team.played:
        return nan
    return min((market.starts_at_ms - team.played[-1]) / DAY_MS, LONG_REST_DAYS)


def _time_features(market: Market) -> dict[str, float]:
    start = datetime.fromtimestamp(market.starts_at_ms / 1000.0, UTC)
    return {
        "hours_to_start": (market.starts_at_ms - market.as_of_ms) / HOUR_MS,
        "weekday": float(start.weekday()),
        "day_of_year": float(start.timetuple().tm_yday),
    }


def features(market: Market, form: Form) -> dict[str, float]:
    """Return all features by name; NaN where a thing is not known.

    Parameters
    ----------
    market : Market
        With at least one book.
    form : Form
        Made of the matches that were final at ``market.as_of_ms``, and no later ones.
    """
    home = form.team(market.competition, market.home)
    away = form.team(market.competition, market.away)
    return {
        **_market_features(market),
        **_form_features(market, home, away, form.competition(market.competition)),
        **_time_features(market),
    }


def evidence(market: Market, form: Form) -> float:
    """Return how far a correction is to be trusted, 0 to 1: nothing is known of a competition never seen.

    Half of it where 100 matches of the competition are known, a quarter less where the teams are new; in the
    last hour before the start it goes to zero, since little is left that could move.
    """
    place = form.competition(market.competition).moves
    teams = min(form.team(market.competition, name).moves for name in (market.home, market.away))
    left = min(max((market.starts_at_ms - market.as_of_ms) / HOUR_MS, 0.0), 1.0)
    return left * place / (place + 100.0) * (teams + 2.5) / (teams + 5.0)
