"""A small made-up world, and bettors in it."""

from random import Random

import pytest

from ml.sharps.history import by_bettor
from ml.sharps.marks import mark
from ml.sharps.populations import population
from ml.sharps.simulate import simulate
from ml.sharps.world import DAY_MS, RecordedMarket, RecordedMatch

NAMES = {"1x2": ("home", "draw", "away"), "ou:2.5": ("over", "under")}


def shares(weights):
    return [weight / sum(weights) for weight in weights]


def market(name, rng):
    outcomes = NAMES[name]
    fair = shares([rng.uniform(0.3, 1) for _ in outcomes])
    close = shares([p * rng.lognormvariate(0, 0.08) for p in fair])
    soft = [1 / (p * 1.055) * rng.lognormvariate(0, 0.02) for p in fair]
    best = [1 / (p * 1.005) * rng.lognormvariate(0, 0.01) for p in fair]

    def named(values):
        return dict(zip(outcomes, values, strict=True))

    winner = rng.choices(outcomes, close)[0]
    return RecordedMarket(name, named(soft), named(best), named(fair), named(close), winner)


def world(seed, days, per_day=20):
    rng = Random(seed)
    return [
        RecordedMatch(
            f"e{day}-{i}",
            day * DAY_MS,
            tuple(market(name, rng) for name in NAMES),
            ("E0", "F1", "EC", "B1")[i % 4],
        )
        for day in range(days)
        for i in range(per_day)
    ]


@pytest.fixture(scope="session")
def recorded():
    """Return matches of 60 days."""
    return world(1, 60)


@pytest.fixture(scope="session")
def people():
    """Return accounts: mostly squares."""
    mixture = {"square": 120, "value_25": 20, "value_100": 30, "steam_chaser": 15, "courtsider": 8, "ring": 2}
    return population(3, mixture)


@pytest.fixture(scope="session")
def placed(recorded, people):
    """Return their bets, in order of time."""
    bets = simulate(people, recorded, 60 * len(people.bettors) / len(recorded), 3)
    return sorted(bets, key=lambda bet: bet.placed_at_ms)


@pytest.fixture(scope="session")
def own(placed):
    """Return their marked bets, by bettor."""
    return by_bettor(mark(placed)[1])
