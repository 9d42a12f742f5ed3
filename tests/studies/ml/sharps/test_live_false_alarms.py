"""Squares by the thousand are seen exactly as the live stage sees them one by one."""

import numpy as np
import pytest

from domain.clv import CLOSE
from domain.sharps import POLICY, Behaviour, Evidence, Placed, features, note_timing, observe, update
from domain.sharps.behaviour import is_round
from ml.sharps.live_false_alarms import Pool, drawn, ever_suspected, rows
from ml.sharps.live_false_alarms import is_round as are_round

LOOKS = (1, 2, 5, 8, 12)
EVENTS = 30


def a_pool(size: int = 200) -> Pool:
    rng = np.random.default_rng(3)
    price = rng.uniform(1.2, 6.0, size)
    live = rng.random(size) < 0.2
    return Pool(
        np.sort(1.6e12 + rng.integers(0, 300 * 86_400_000, size).astype(float)),
        rng.integers(0, EVENTS, size),
        price,
        np.where(live, np.nan, price * rng.uniform(1.0, 1.05, size)),
        np.where(live, np.nan, rng.normal(0.0, 0.01, size)),
        live.astype(float),
        rng.normal(-0.05, 0.1, size),
        rng.choice([0.0, 1.0, np.nan], size),
        rng.choice([0.0, 1.0, np.nan], size),
    )


def known_flag(value):
    return None if np.isnan(value) else bool(value)


def one_by_one(pool, some, square, closed, bets):
    behaviour, evidence, seen = Behaviour(), Evidence(), set()
    for n in range(bets):
        pick = some.picks[square, n]
        known = [None if np.isnan(v) else float(v) for v in (pool.best[pick], pool.moved[pick])]
        event, at_ms = f"e{pool.event[pick]}", int(pool.placed_ms[pick])
        bet = Placed(
            event,
            float(pool.price[pick]),
            some.stake[square, n],
            at_ms,
            *known,
            bool(pool.in_play[pick]),
            bool(some.promotion[square, n]),
            float(some.account_days[square, n]),
            obscure=known_flag(pool.obscure[pick]),
            device=f"d{some.device[square, n]}",
            address=f"a{some.address[square, n]}",
        )
        observe(behaviour, bet)
        just = known_flag(pool.just_before[pick])
        if just is not None:
            note_timing(behaviour, just, in_play=bool(pool.in_play[pick]))
        if n < closed:
            first = event not in seen
            live = bool(pool.in_play[pick])
            update(evidence, str(n), event, CLOSE, float(pool.clv[pick]), at_ms, in_play=live, first=first)
            seen.add(event)
    return features(behaviour, evidence)


def test_a_square_among_thousands_has_the_very_figures_that_it_has_alone():
    pool, rng = a_pool(), np.random.default_rng(5)
    some = drawn(pool, 6, max(LOOKS), rng)
    closed = (rng.random((6, len(LOOKS))) * (np.array(LOOKS) + 1)).astype(int)
    table = rows(pool, some, closed, LOOKS, POLICY)
    for square in range(6):
        for n, bets in enumerate(LOOKS):
            alone = one_by_one(pool, some, square, closed[square, n], bets)
            # running sums are rounded to six digits, and a scatter is a root of a difference of such
            assert table[square, n] == pytest.approx(alone, abs=2e-3, nan_ok=True)


def test_round_stakes_are_told_alike():
    stakes = [1.0, 10, 15, 25, 26, 100, 105, 110, 150, 1_000, 1_500, 2_250, 12_000, 15_000, 137, 500_000]
    assert are_round(np.array(stakes)).tolist() == [float(is_round(stake)) for stake in stakes]


class Fixed:
    """Suspects at the third bet whoever mostly stakes round sums."""

    threshold = 0.5
    classes = ("a",)

    def probabilities(self, table):
        return table

    def sharp_scores(self, table):
        return ((table[:, 0] == np.log(4.0)) & (table[:, 8] > 0.5)).astype(float)


def test_who_was_suspected_once_stays_counted():
    found = ever_suspected(Fixed(), POLICY, a_pool(), 300, range(1, 7), seed=1)
    assert found[1] == found[2] == 0
    assert 0 < found[3] < 300
    assert found[3] == found[6]
