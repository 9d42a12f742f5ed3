"""What pays and what does not: variants of the model, walk forward over the same matches."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from domain.arrays import Array, Mask
from domain.evaluation import Bin, divergence, log_loss, paired, reliability
from ml.fair.scores import scores
from ml.fair.table import Table
from ml.fair.training import Settings, margins, softmax, train, usable
from ml.fair.walk import SETTLED_MS, season_bounds, seasons, walk_forward

Progress = Callable[[str], None]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "line moves of teams and competition": (
        "move_",
        "home_move",
        "away_move",
        "teams_move",
        "competition_move",
    ),
    "ratings (Elo, closing prices)": ("elo_edge", "rating_edge"),
    "results against the close": ("residual_", "goals"),
    "the sharp book against the consensus": ("sharp_",),
    "mean, spread and best of the books": ("mean_", "spread_", "best_", "overround", "books"),
    "the consensus itself": ("consensus_",),
    "rest, matches seen": (
        "rest",
        "home_rest",
        "away_rest",
        "home_recent",
        "away_recent",
        "home_seen",
        "away_seen",
    ),
    "time (hours to start, weekday, day of year)": ("hours_to_start", "weekday", "day_of_year"),
}
"""Features by what they speak of, as the beginnings of their names."""
SHRINK_MATCHES = 1000.0
"""A division's own scale of correction counts half where it rests on as many matches."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one variant does.

    Parameters
    ----------
    gain, se : float
        By how much its log loss is below that of the average pre-close price, and the paired standard error.
    divergence : float
        From the close.
    of_consensus : float
        The same as a share of the consensus's.
    """

    name: str
    n: int
    gain: float
    se: float
    divergence: float
    of_consensus: float


@dataclass(frozen=True)
class Study:
    """All that the document shows.

    Parameters
    ----------
    found : dict
        The model's scores, as ``overround evaluate fair`` has them.
    tried, ablation, learning : list of Outcome
        Other ways, features left out, and fewer seasons to learn from.
    by_season : list of Outcome
        The model as it is, on each season.
    calibration : list of Bin
    totals : dict
        The scores of the model of 2.5 goals.
    """

    settings: Settings
    found: dict[str, Any]
    tried: list[Outcome]
    ablation: list[Outcome]
    learning: list[Outcome]
    by_season: list[Outcome]
    calibration: list[Bin]
    totals: dict[str, Any]


def study(
    known: Table, totals: Table, since_ms: int, until_ms: int, settings: Settings, say: Progress
) -> Study:
    """Walk all variants through a period. Takes about half a minute for each on one core.

    Parameters
    ----------
    known, totals : Table
        1X2 and 2.5 goals.
    """
    chosen = known.between(since_ms, until_ms)
    base = walk_forward(known, since_ms, until_ms, settings, say).probabilities
    priced = np.asarray(chosen & ~np.isnan(base).any(axis=1) & (known.results >= 0))
    tried = [outcome("as it is", known, base, chosen)]
    for name, walked in _variants(known, since_ms, until_ms, settings):
        tried.append(outcome(name, known, walked, chosen))
        say(_said(tried[-1]))
    ablation = [tried[0]]
    for name, starts in GROUPS.items():
        walked = walk_forward(without(known, starts), since_ms, until_ms, settings).probabilities
        ablation.append(outcome(f"without {name}", known, walked, chosen))
        say(_said(ablation[-1]))
    learning = []
    for years in (1, 2, 4, 6):
        walked = _recent(known, since_ms, until_ms, settings, years)
        learning.append(outcome(f"{years}", known, walked, chosen))
        say(_said(learning[-1]))
    learning.append(replace(tried[0], name="all"))
    every = walk_forward(known, 0, until_ms, settings, say)
    by_season = [
        outcome(
            f"{season % 100:02d}/{(season + 1) % 100:02d}",
            known,
            every.probabilities,
            known.between(*season_bounds(season)),
        )
        for season in every.models
    ]
    bins = reliability(base[priced], known.results[priced])
    found = scores(known, base, np.asarray(chosen))
    goals = walk_forward(totals, since_ms, until_ms, settings, say).probabilities
    of_totals = scores(totals, goals, totals.between(since_ms, until_ms))
    return Study(settings, found, tried, ablation, learning, by_season, bins, of_totals)


def outcome(name: str, known: Table, model: Array, chosen: Mask) -> Outcome:
    """Return how probabilities do on the chosen matches that have a result, an average and a close."""
    judged = chosen & (known.results >= 0)
    for each in (model, known.average, known.close):
        judged = judged & ~np.isnan(each).any(axis=1)
    close, results = known.close[judged], known.results[judged]
    found = paired(log_loss(known.average[judged], results), log_loss(model[judged], results))
    away = float(divergence(close, model[judged]).mean())
    plain = float(divergence(close, known.consensus[judged]).mean())
    return Outcome(name, int(judged.sum()), found.mean, found.se, away, away / plain)


def without(known: Table, starts: tuple[str, ...]) -> Table:
    """Return a table without the features whose names begin with one of ``starts``."""
    kept = [place for place, name in enumerate(known.names) if not name.startswith(starts)]
    names = tuple(known.names[place] for place in kept)
    return replace(known, names=names, features=np.ascontiguousarray(known.features[:, kept]))


def _variants(known: Table, since_ms: int, until_ms: int, settings: Settings) -> Iterator[tuple[str, Array]]:
    yield "the consensus alone", known.consensus
    for name, changed in {
        "target: the result": replace(settings, target="result", rounds=100),
        "depth 2": replace(settings, max_depth=2, rounds=300),
        "depth 4": replace(settings, max_depth=4),
        "depth 6": replace(settings, max_depth=6, rounds=120),
        "half as many rounds": replace(settings, rounds=settings.rounds // 2),
        "twice as many rounds": replace(settings, rounds=settings.rounds * 2),
        "older seasons count half every 3 years": replace(settings, half_life_years=3.0),
        "no copies without the sharp book": replace(settings, blind=0.0),
    }.items():
        yield name, walk_forward(known, since_ms, until_ms, changed).probabilities
    average = replace(known, consensus=np.where(np.isnan(known.average), known.consensus, known.average))
    yield "base: the average instead of the consensus", _walked(average, since_ms, until_ms, settings)
    seeds = [replace(settings, seed=seed) for seed in range(5)]
    logs = [np.log(_walked(known, since_ms, until_ms, each)) for each in seeds]
    yield "five seeds, averaged", softmax(np.mean(logs, axis=0))
    yield "correction scaled by division", _by_division(known, since_ms, until_ms, settings)
    yield "no cap, no evidence", _unbounded(known, since_ms, until_ms, settings)


def _walked(known: Table, since_ms: int, until_ms: int, settings: Settings) -> Array:
    return walk_forward(known, since_ms, until_ms, settings).probabilities


def _recent(known: Table, since_ms: int, until_ms: int, settings: Settings, years: int) -> Array:
    """Walk forward by models that learn from the last ``years`` seasons alone."""
    found = np.full_like(known.consensus, np.nan)
    for season in seasons(known, since_ms, until_ms, settings):
        begins, ends = season_bounds(season)
        learned = known.between(season_bounds(season - years)[0], begins - SETTLED_MS)
        trees = train(known, learned, settings)
        priced = known.between(max(begins, since_ms), min(ends, until_ms))
        found[priced] = softmax(margins(trees, known.features[priced], known.consensus[priced]))
    return found


def _unbounded(known: Table, since_ms: int, until_ms: int, settings: Settings) -> Array:
    found = np.full_like(known.consensus, np.nan)
    for season, model in walk_forward(known, since_ms, until_ms, settings).models.items():
        priced = known.between(*season_bounds(season))
        found[priced] = softmax(margins(model.booster, known.features[priced], known.consensus[priced]))
    return found


def _by_division(known: Table, since_ms: int, until_ms: int, settings: Settings) -> Array:
    """Scale each division's correction by what last season would have wanted, shrunk to what all wanted."""
    year_ms = season_bounds(2001)[0] - season_bounds(2000)[0]
    walked = _walked(known, since_ms - year_ms, until_ms, settings)
    found = np.full_like(walked, np.nan)
    for season in seasons(known, since_ms, until_ms, settings):
        last, now = known.between(*season_bounds(season - 1)), known.between(*season_bounds(season))
        closed = last & usable(known, settings) & ~np.isnan(walked).any(axis=1)
        overall = _scale(known, walked, closed)
        for division in np.unique(known.competitions[now]):
            here = known.competitions == division
            n = float((closed & here).sum())
            own = _scale(known, walked, closed & here) if n else overall
            scale = (n * own + SHRINK_MATCHES * overall) / (n + SHRINK_MATCHES)
            rows = now & here
            base = np.log(known.consensus[rows])
            found[rows] = softmax(base + scale * (np.log(walked[rows]) - base))
    return found


def _scale(known: Table, walked: Array, chosen: Mask) -> float:
    """Return the factor on the correction that comes nearest to the close, by one step of least squares."""
    p, close = known.consensus[chosen], known.closing[chosen]
    moved = np.log(walked[chosen] / p)
    moved -= (p * moved).sum(axis=1, keepdims=True)
    return float(((close - p) * moved).sum() / (p * moved**2).sum())


def _said(found: Outcome) -> str:
    gain = f"{1e5 * found.gain:+.1f}e-5 ± {1e5 * found.se:.1f}"
    return f"{found.name}: {gain}, divergence x {found.of_consensus:.4f}"
