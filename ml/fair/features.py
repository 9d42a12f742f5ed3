"""The features of a market: one definition, for training on files and for pricing in the stream."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from math import log, nan, sqrt
from operator import sub
from typing import NamedTuple

import numpy as np

from domain.devig import devig
from ml.fair.form import ELO_HOME, RATING_HOME, Forms
from ml.fair.match import Market, Prices
from ml.fair.players import form_features, log_odds
from ml.fair.teams import CompetitionForm, TeamForm

HOUR_MS = 3_600_000.0
DAY_MS = 24.0 * HOUR_MS
SHARP = "pinnacle"
"""The book with features of its own; the others speak through the mean, the spread and the best price."""
FORTNIGHT_MS = 14.0 * DAY_MS
LONG_REST_DAYS = 30.0
BREAK_DAYS = 200.0
"""The longest break between two seasons that was seen: the lower English leagues in 2020, 190 days."""
YEAR_DAYS = 365.0

_Side = tuple[float, float]
"""Log-odds of home against away, and of the draw against both."""


def _side(probabilities: Sequence[float]) -> _Side:
    home, draw, away = log(probabilities[0]), log(probabilities[1]), log(probabilities[2])
    return home - away, draw - 0.5 * (home + away)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spread(values: Sequence[float]) -> float:
    middle = _mean(values)
    return sqrt(sum([(value - middle) ** 2 for value in values]) / len(values))


def _sides(flat: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the same of several books; ``map`` over all logarithms costs a third of one call for each."""
    logs = list(map(log, flat))
    homes, draws, aways = logs[0::3], logs[1::3], logs[2::3]
    return (
        list(map(sub, homes, aways)),
        [draw - 0.5 * (home + away) for home, draw, away in zip(homes, draws, aways, strict=True)],
    )


class _Books(NamedTuple):
    """A market's books in the order of their names, and their prices.

    Parameters
    ----------
    flat : list of float
        Their probabilities, one book after the other: a list for each would have the collector run.
    """

    names: list[str]
    prices: list[Prices]
    flat: list[float]


def _books(markets: Sequence[Market]) -> Iterator[_Books]:
    """Yield each market's books; all are de-vigged at once."""
    names = [sorted(market.books) for market in markets]
    prices = [[market.books[book] for book in own] for market, own in zip(markets, names, strict=True)]
    every = list(chain.from_iterable(prices))
    ways = len(every[0]) if every else 1
    # twice as fast as an array of a list of tuples
    table = np.fromiter(chain.from_iterable(every), np.float64, ways * len(every)).reshape(-1, ways)
    found = iter(devig(table).ravel().tolist() if every else ())
    for own, at in zip(names, prices, strict=True):
        yield _Books(own, at, list(islice(found, len(own) * ways)))


def _market_features(market: Market, books: _Books) -> dict[str, float]:
    """Return what the books' prices tell beside the consensus; sums go by the order of their names."""
    base_side, base_draw = _side(market.consensus)
    names, prices, flat = books
    sides, draws = _sides(flat)
    columns = tuple(zip(*prices, strict=True))
    best_home, best_draw, best_away = map(max, columns)
    home, draw, away = map(_mean, columns)
    overrounds = [1.0 / on_home + 1.0 / on_draw + 1.0 / on_away for on_home, on_draw, on_away in prices]
    sharp_side = sharp_draw = sharp_overround = nan
    if SHARP in market.books:
        place = names.index(SHARP)
        sharp_side, sharp_draw = sides[place] - base_side, draws[place] - base_draw
        sharp_overround = overrounds[place]
    return {
        "consensus_side": base_side,
        "consensus_draw": base_draw,
        "books": float(len(names)),
        "sharp_side": sharp_side,
        "sharp_draw": sharp_draw,
        "mean_side": _mean(sides) - base_side,
        "mean_draw": _mean(draws) - base_draw,
        "spread_side": _spread(sides),
        "spread_draw": _spread(draws),
        "best_home": log(best_home / home),
        "best_draw": log(best_draw / draw),
        "best_away": log(best_away / away),
        "overround": _mean(overrounds),
        "best_overround": 1.0 / best_home + 1.0 / best_draw + 1.0 / best_away,
        "sharp_overround": sharp_overround,
    }


def _total_features(market: Market, books: _Books) -> dict[str, float]:
    """Return what the books' prices of over and under tell beside the consensus."""
    base = log_odds(market.consensus)
    names, prices, flat = books
    totals = [log(over / under) for over, under in zip(flat[0::2], flat[1::2], strict=True)]
    overrounds = [1.0 / over + 1.0 / under for over, under in prices]
    sharp_total, sharp_overround = _sharp(names, totals, overrounds, base)
    return {
        "consensus_total": base,
        "books": float(len(names)),
        "sharp_total": sharp_total,
        "mean_total": _mean(totals) - base,
        "spread_total": _spread(totals),
        "overround": _mean(overrounds),
        "sharp_overround": sharp_overround,
    }


def _sharp(
    names: Sequence[str], lines: Sequence[float], overrounds: Sequence[float], base: float
) -> tuple[float, float]:
    """Return how far the sharp book is from the consensus, in log odds, and its overround; or unknown."""
    if SHARP not in names:
        return nan, nan
    place = names.index(SHARP)
    return lines[place] - base, overrounds[place]


def _total_form_features(
    market: Market, home: TeamForm, away: TeamForm, place: CompetitionForm
) -> dict[str, float]:
    """Return what the past tells of goals."""
    return {
        "competition_move_total": place.move_total.value,
        "teams_move_total": home.move_total + away.move_total,
        "teams_move_total_slow": home.move_total_slow + away.move_total_slow,
        "home_move_total": home.move_total,
        "away_move_total": away.move_total,
        "teams_move_draw": home.move_draw + away.move_draw,
        "teams_total": home.total + away.total,
        "rating_gap": home.rating - away.rating + RATING_HOME,
        "rest": _rest_days(market, home) + _rest_days(market, away),
        "teams_seen": float(min(home.total_moves, away.total_moves, 100)),
    }


def _two_way_features(market: Market, books: _Books) -> dict[str, float]:
    """Return what the books' prices of two players tell beside the consensus."""
    base = log_odds(market.consensus)
    names, prices, flat = books
    sides = [log(home / away) for home, away in zip(flat[0::2], flat[1::2], strict=True)]
    overrounds = [1.0 / home + 1.0 / away for home, away in prices]
    sharp_side, sharp_overround = _sharp(names, sides, overrounds, base)
    return {
        "consensus_side": base,
        "sharp_side": sharp_side,
        "mean_side": _mean(sides) - base,
        "overround": _mean(overrounds),
        "sharp_overround": sharp_overround,
    }


def _two_way_form_features(
    market: Market, home: TeamForm, away: TeamForm, place: CompetitionForm
) -> dict[str, float]:
    return form_features(market, home, away)


def _form_features(
    market: Market, home: TeamForm, away: TeamForm, place: CompetitionForm
) -> dict[str, float]:
    """Return what the teams' and the competition's past tells beside the consensus."""
    side, _ = _side(market.consensus)
    home_rest, away_rest = _rest_days(market, home), _rest_days(market, away)
    return {
        "elo_edge": log(10.0) / 400.0 * (home.elo - away.elo + ELO_HOME) - side,
        "rating_edge": home.rating - away.rating + RATING_HOME - side,
        "competition_move_home": place.move_home.value,
        "competition_move_draw": place.move_draw.value,
        "teams_move_draw": home.move_draw + away.move_draw,
        "rest": home_rest - away_rest,
        "move_fast": home.move_fast - away.move_fast,
        "move_mid": home.move_mid - away.move_mid,
        "move_slow": home.move_slow - away.move_slow,
        "move_last": home.move_last - away.move_last,
        "residual_fast": home.residual_fast - away.residual_fast,
        "residual_slow": home.residual_slow - away.residual_slow,
        "residual_last": home.residual_last - away.residual_last,
        "goals": home.goals - away.goals,
        "home_move": home.move_mid,
        "home_rest": home_rest,
        "home_recent": _recent(market, home),
        "home_seen": float(min(home.moves, 100)),
        "away_move": away.move_mid,
        "away_rest": away_rest,
        "away_recent": _recent(market, away),
        "away_seen": float(min(away.moves, 100)),
    }


def _recent(market: Market, team: TeamForm) -> float:
    """Count the matches of the last fortnight."""
    since = market.as_of_ms - FORTNIGHT_MS
    return float(sum([at > since for at in team.played]))


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


_FEATURES = {
    "1x2": (_market_features, _form_features),
    "ou:2.5": (_total_features, _total_form_features),
    "ml": (_two_way_features, _two_way_form_features),
}


def features(markets: Sequence[Market], form: Forms) -> Iterator[dict[str, float]]:
    """Yield all features of each market by name; NaN where a thing is not known.

    Parameters
    ----------
    markets : sequence of Market
        All of one name, each with at least one book. A market's features do not depend on the others.
    form : Forms
        Made of the matches that were final at each market's ``as_of_ms``, and no later ones. It is looked at
        when a market's features are taken from the iterator.
    """
    for market, books in zip(markets, _books(markets), strict=True):
        home = form.team(market.competition, market.home)
        away = form.team(market.competition, market.away)
        place = form.competition(market.competition)
        of_prices, of_form = _FEATURES[market.name]
        yield {
            **of_prices(market, books),
            **of_form(market, home, away, place),
            **(_time_features(market) if market.name != "ml" else {}),
        }


def evidence(market: Market, form: Forms) -> float:
    """Return how far a correction is to be trusted, 0 to 1: nothing is known of a competition never seen.

    Half of it where 100 matches of the competition are known, half as much where the teams are new. In the
    last hour before the start it goes to zero, since little is left that could move. Where a team's last
    match lies further back than any break between seasons, it halves with each further year. Of tennis, where
    nothing of a tournament is learned, the players count alone: half after five matches of either.
    """
    if market.name == "ml":
        return _player_evidence(market, form)
    total = market.name != "1x2"
    competition = form.competition(market.competition)
    place = (competition.move_total if total else competition.move_home).count
    sides = [form.team(market.competition, name) for name in (market.home, market.away)]
    teams = min(side.total_moves if total else side.moves for side in sides)
    fresh = min(_freshness(market, side) for side in sides)
    left = min(max((market.starts_at_ms - market.as_of_ms) / HOUR_MS, 0.0), 1.0)
    return fresh * left * place / (place + 100.0) * (teams + 2.5) / (teams + 5.0)


def _player_evidence(market: Market, form: Forms) -> float:
    sides = [form.team(market.competition, name) for name in (market.home, market.away)]
    seen = min(side.seen for side in sides)
    return min(_freshness(market, side) for side in sides) * seen / (seen + 5.0)


def _freshness(market: Market, team: TeamForm) -> float:
    if not team.played:
        return 1.0
    days = (market.as_of_ms - team.played[-1]) / DAY_MS
    fresh: float = 0.5 ** (max(days - BREAK_DAYS, 0.0) / YEAR_DAYS)
    return fresh
