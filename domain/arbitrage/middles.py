"""Middles: two bets of which one wins at least, and both between two lines: a small loss against a large win.

Over L1 with one book and under L2 with another, L1 < L2 (of handicaps, the home side at the longer and the
away side at the shorter line). Stakes in proportion to 1/o give back r = 1 / (1/o1 + 1/o2) where one wins and
2r where both do. With p the probability of a result between the lines, r (1 + p) - 1 is expected and 1 - r is
lost at worst. r above 1 is an arbitrage, which is told as such.

p is the difference of two probabilities, each the median of what the fresh books say of that line, their
margin taken out: a stale book that makes the middle does not make its probability. Half lines alone, where
nothing is refunded.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from domain.arbitrage.config import ArbitrageConfig
from domain.arbitrage.opportunity import Offer, Opportunity, opportunity
from domain.arbitrage.watch import Watch
from domain.devig.power import power_one
from domain.markets import outcomes_of, parse

if TYPE_CHECKING:
    from domain.arbitrage.survey import MarketSurvey

FAMILIES = frozenset({"ou", "ou_home", "ou_away", "ah"})


class Line(NamedTuple):
    """Where a market's result turns: its first outcome wins above, its second below.

    Parameters
    ----------
    family : str
        Markets that one figure settles: totals, or leads.
    at : float
        The total, or the home side's lead.
    """

    family: str
    at: float


@lru_cache(maxsize=10_000)
def line_of(market: str) -> Line | None:
    """Return a market's line, or None where it has none or may refund."""
    try:
        parsed = parse(market)
    except ValueError:
        return None
    kind, line = parsed.type.key, parsed.line
    if kind not in FAMILIES or (2 * line) % 2 != 1:
        return None
    return Line(kind, -line if kind == "ah" else line)


def best_middle(
    members: Sequence[tuple[Line, "MarketSurvey"]], operator: str, now_ms: int, config: ArbitrageConfig
) -> Opportunity | None:
    """Return the middle that is expected to win most, or None.

    Parameters
    ----------
    members : sequence of (Line, MarketSurvey)
        The markets of one family, as they stand now.
    operator : str
        Who must have a leg; empty: nobody has to.
    """
    best: tuple[float, Opportunity] | None = None
    known: dict[str, float | None] = {}
    for lower, upper, first, second in _pairs(members, operator, config):
        for market in (lower, upper):
            if market.name not in known:
                known[market.name] = probability_above(market.watch, market.name, now_ms, config)
        above, beyond = known[lower.name], known[upper.name]
        if above is None or beyond is None:
            continue
        back = 1.0 / (1.0 / first.net_price + 1.0 / second.net_price)
        probability = above - beyond
        expected = back * (1.0 + probability) - 1.0
        if expected <= config.least or (best is not None and expected <= best[0]):
            continue
        chosen = [
            (lower.name, outcomes_of(lower.name)[0], first, back / first.net_price),
            (upper.name, outcomes_of(upper.name)[1], second, back / second.net_price),
        ]
        best = expected, opportunity(expected, back - 1.0, chosen, now_ms, config, probability)
    return None if best is None else best[1]


def _pairs(
    members: Sequence[tuple[Line, "MarketSurvey"]], operator: str, config: ArbitrageConfig
) -> Iterator[tuple["MarketSurvey", "MarketSurvey", Offer, Offer]]:
    """Yield the pairs of markets whose best prices cost no more than a middle may, and are no arbitrage."""
    most = 1.0 / (1.0 - config.middle_cost)
    for low, lower in members:
        first = lower.mixed.get(operator, lower.best).get(outcomes_of(lower.name)[0])
        if first is None:
            continue
        for high, upper in members:
            if high.at <= low.at:
                continue
            second = upper.mixed.get(operator, upper.best).get(outcomes_of(upper.name)[1])
            if second is None or (operator and operator not in (first.book, second.book)):
                continue
            if 1.0 <= 1.0 / first.net_price + 1.0 / second.net_price <= most:
                yield lower, upper, first, second


def probability_above(watch: Watch, market: str, now_ms: int, config: ArbitrageConfig) -> float | None:
    """Return the median of the fresh books' probabilities of a market's first outcome, or None: too few."""
    outcomes = outcomes_of(market)
    said = [
        power_one([stand.prices[outcome] for outcome in outcomes], 1.0)[0]
        for stand in watch.stands.values()
        if now_ms - stand.quoted_at_ms <= config.max_age_ms and len(stand.prices) == len(outcomes)
    ]
    return median(said) if len(said) >= config.middle_books else None
