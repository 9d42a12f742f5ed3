"""How good the measure is at half time: the closing prices, carried on with the score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from domain.devig import devig_one
from domain.evaluation import log_loss, rps
from domain.states import compile_measure
from domain.states.in_play import in_play

HALF_TIME_S = 45 * 60.0
WAYS = ("home", "draw", "away")
TOTALS = ("PC", "AvgC", "P", "BbAv", "Avg")
"""Whose price of over and under 2.5 goals is taken, the first that a match has."""


class Match(Protocol):
    """What is needed of a match."""

    @property
    def home_goals(self) -> int | None:
        """At full time."""
        ...

    @property
    def away_goals(self) -> int | None:
        """At full time."""
        ...

    @property
    def odds(self) -> Mapping[str, float]:
        """By column."""
        ...

    @property
    def stats(self) -> Mapping[str, float]:
        """``HTHG`` and ``HTAG`` among them."""
        ...


@dataclass(frozen=True, slots=True)
class HalfTime:
    """Mean scores of the 1X2 probabilities before the match and at half time."""

    n: int
    log_loss_before: float
    rps_before: float
    log_loss: float
    rps: float


def evaluate_half_time(matches: Iterable[Match]) -> HalfTime:
    """Judge the measure of Pinnacle's close, carried on to half time; other matches are passed over."""
    before, after, results = [], [], []
    for match in matches:
        quoted = _quoted(match)
        home, away = match.home_goals, match.away_goals
        half = match.stats.get("HTHG"), match.stats.get("HTAG")
        if quoted is None or home is None or away is None or half[0] is None or half[1] is None:
            continue
        at_half = int(half[0]), int(half[1])
        measure = compile_measure("soccer", quoted)
        if measure is None or at_half[0] > home or at_half[1] > away or max(at_half) > 12:
            continue
        before.append([measure.probability("1x2", way) for way in WAYS])
        live = in_play(measure, *at_half, HALF_TIME_S)
        after.append([live.probability("1x2", way) for way in WAYS])
        results.append(0 if home > away else 2 if home < away else 1)
    if not results:
        nan = float("nan")
        return HalfTime(0, nan, nan, nan, nan)
    came = np.array(results)
    first, second = np.array(before), np.array(after)
    return HalfTime(
        len(results),
        float(log_loss(first, came).mean()),
        float(rps(first, came).mean()),
        float(log_loss(second, came).mean()),
        float(rps(second, came).mean()),
    )


def _quoted(match: Match) -> dict[str, dict[str, float]] | None:
    odds = match.odds
    result = [odds.get(f"PSC{way}") for way in "HDA"]
    totals = next(
        (pair for code in TOTALS if None not in (pair := (odds.get(f"{code}>2.5"), odds.get(f"{code}<2.5")))),
        None,
    )
    if totals is None or None in result:
        return None
    return {
        "1x2": dict(zip(WAYS, devig_one([price for price in result if price]), strict=True)),
        "ou:2.5": dict(zip(("over", "under"), devig_one([price for price in totals if price]), strict=True)),
    }
