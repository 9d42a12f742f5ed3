"""Walk forward: every season is priced by a model that learned from earlier matches alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from domain.arrays import Array
from ml.fair.model import FairModel
from ml.fair.table import Table
from ml.fair.training import Settings, train, usable

SEASON_BEGINS = 7
"""The month; a season is named by the year that it begins in."""
MIN_MATCHES = 4000
"""Closed matches before the first season that is priced."""
DAY_MS = 86_400_000
SETTLED_MS = 3 * DAY_MS
"""A match that starts within three days before a season is not learned from: it may close after a quote."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Walk:
    """What walk-forward models say.

    Parameters
    ----------
    probabilities : ndarray, shape (matches, outcomes)
        NaN where no model has priced.
    models : dict of int to FairModel
        By the year in which the priced season begins.
    """

    probabilities: Array
    models: dict[int, FairModel] = field(default_factory=dict)


def season_of(starts_ms: int) -> int:
    """Return the year in which the season of an instant begins."""
    at = datetime.fromtimestamp(starts_ms / 1000, UTC)
    return at.year if at.month >= SEASON_BEGINS else at.year - 1


def season_bounds(season: int) -> tuple[int, int]:
    """Return a season's first instant and the next one's, UTC milliseconds."""
    first, last = (datetime(year, SEASON_BEGINS, 1, tzinfo=UTC) for year in (season, season + 1))
    return int(first.timestamp() * 1000), int(last.timestamp() * 1000)


def seasons(table: Table, since_ms: int, until_ms: int, settings: Settings) -> Iterator[int]:
    """Yield the seasons that touch a period and have enough matches before them to learn from."""
    known = usable(table, settings)
    for season in range(season_of(since_ms), season_of(until_ms - 1) + 1):
        begins, ends = season_bounds(season)
        priced = table.between(max(begins, since_ms), min(ends, until_ms))
        if priced.any() and (known & table.between(0, begins)).sum() >= MIN_MATCHES:
            yield season


def walk_forward(
    table: Table, since_ms: int, until_ms: int, settings: Settings, say: Progress = lambda _: None
) -> Walk:
    """Price the matches of a period, season by season.

    Parameters
    ----------
    say : callable
        Told of each season as it begins.
    """
    walk = Walk(np.full_like(table.consensus, np.nan))
    for season in seasons(table, since_ms, until_ms, settings):
        begins, ends = season_bounds(season)
        priced = table.between(max(begins, since_ms), min(ends, until_ms))
        say(f"season {season}: learning for {int(priced.sum())} matches")
        model = learned(table, begins, settings)
        walk.models[season] = model
        walk.probabilities[priced] = model.corrected(
            table.features[priced], table.consensus[priced], table.evidence[priced]
        )
    return walk


def learned(table: Table, until_ms: int, settings: Settings) -> FairModel:
    """Return a model of the matches that start before an instant, with the least of a card."""
    window = table.between(0, until_ms - SETTLED_MS)
    trees = train(table, window, settings)
    card = {
        "name": f"fair-{datetime.fromtimestamp(until_ms / 1000, UTC):%Y-%m-%d}",
        "market": table.markets[0].name,
        "features": list(table.names),
        "temperature": 1.0,
    }
    return FairModel(bytes(trees.save_raw("ubj")), card)
