"""A made-up league in which prices move the way the teams' prices have moved before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ml.fair.match import Closed, Market, Recorded
from ml.fair.table import Table, table

TEAMS = 20
FIRST = 2016
LEAGUES = ("E0", "D1", "I1", "X")


def tilt(probabilities, side, draw=0.0):
    home, middle, away = (
        p * np.exp(x) for p, x in zip(probabilities, (side / 2, draw, -side / 2), strict=True)
    )
    total = home + middle + away
    return (home / total, middle / total, away / total)


def two(over, move):
    odds = over / (1 - over) * np.exp(move)
    return (odds / (1 + odds), 1 / (1 + odds))


def priced(probabilities, margin):
    return tuple(float(1.0 / (p * margin)) for p in probabilities)


def season(league, year, random, drift, strength):
    """The matches of one season: everybody against everybody, home and away."""
    pairs = [(h, a) for h in range(TEAMS) for a in range(TEAMS) if h != a]
    random.shuffle(pairs)
    for number, (home, away) in enumerate(pairs):
        start = datetime(year, 8, 1, 15, tzinfo=UTC) + timedelta(days=7 * (number // 10))
        starts_ms = int(start.timestamp() * 1000)
        gap = strength[home] - strength[away] + 0.35
        opening = tilt((0.4, 0.27, 0.33), gap)
        closing = tilt(opening, drift[home] - drift[away] + random.normal(0, 0.1))
        result = random.choice(3, p=np.array(closing) / sum(closing))
        names = (f"{league}{home}", f"{league}{away}")
        books = {book: priced(opening, margin) for book, margin in (("pinnacle", 1.03), ("soft", 1.06))}
        market = Market(league, *names, starts_ms, starts_ms - 24 * 3_600_000, opening, books)
        score = ((2, 1), (1, 1), (0, 1))[result]
        over = 0.5 + 0.02 * strength[away]
        totals = (over, 1 - over), two(over, drift[home] + drift[away] + random.normal(0, 0.1))
        closed = Closed(league, *names, starts_ms, starts_ms + 7_200_000, opening, closing, *score, *totals)
        yield Recorded(market, closed, closing, opening)


def league(seasons=6, leagues=LEAGUES, seed=1, first=FIRST):
    random = np.random.default_rng(seed)
    found = []
    for name in leagues:
        drift, strength = random.normal(0, 0.15, TEAMS), random.normal(0, 0.5, TEAMS)
        for year in range(first, first + seasons):
            found += season(name, year, random, drift, strength)
    return found


def goals(matches):
    """The same matches, with their market of 2.5 goals."""
    for match in matches:
        opening, closing = match.closed.opening_total, match.closed.closing_total
        books = {book: priced(opening, margin) for book, margin in (("pinnacle", 1.03), ("soft", 1.06))}
        market = replace(match.market, name="ou:2.5", consensus=opening, books=books)
        yield Recorded(market, match.closed, closing, opening)


@pytest.fixture(scope="session")
def totals(matches) -> list[Recorded]:
    return list(goals(matches))


@pytest.fixture(scope="session")
def matches() -> list[Recorded]:
    return league()


@pytest.fixture(scope="session")
def known(matches) -> Table:
    return table(matches)
