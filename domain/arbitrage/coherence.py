"""How near prices of one event come to an arbitrage among themselves: the best portfolio at one book.

Over the markets that one score settles it is what the program of ``domain.arbitrage.program`` wins at worst,
per unit staked; a market that stands alone counts by the sum of its inverse prices. The higher, the less the
prices agree: coherent prices lose the margin of the cheapest market, and 0 is an arbitrage.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.arbitrage.groups import group_of
from domain.markets import outcomes_of, winners_of

Prices = Mapping[str, Mapping[str, float]]
"""Market -> outcome -> decimal odds."""


@dataclass(frozen=True, slots=True)
class Incoherence:
    """The best portfolio of one book's prices of an event.

    Parameters
    ----------
    margin : float
        What it wins at worst, per unit staked; below 0: what it loses.
    markets : tuple of str
        Those that it has a leg in.
    """

    margin: float
    markets: tuple[str, ...]


def incoherence(sport: str, prices: Prices) -> Incoherence | None:
    """Return the best portfolio of all prices of an event at one book; None where no market is whole.

    Parameters
    ----------
    sport : str
        As in the fixture: it says which markets one score settles.
    """
    groups: dict[str, dict[str, Mapping[str, float]]] = {}
    found = []
    for market in sorted(prices):
        group = group_of(sport, market)
        if group is not None:
            groups.setdefault(group, {})[market] = prices[market]
    for market in sorted(prices):
        group = group_of(sport, market)
        if group is None or len(groups[group]) < 2:
            alone = _alone(market, prices[market])
            found += [] if alone is None else [alone]
    found += [_together(group, some) for group, some in groups.items() if len(some) > 1]
    return max(found, key=lambda each: each.margin, default=None)


def _alone(market: str, prices: Mapping[str, float]) -> Incoherence | None:
    outcomes = outcomes_of(market, [prices])
    if len(outcomes) < 2 or any(outcome not in prices for outcome in outcomes):
        return None
    total = sum(1.0 / prices[outcome] for outcome in outcomes)
    return Incoherence(winners_of(market) / total - 1.0, (market,))


def _together(group: str, prices: Prices) -> Incoherence:
    # The solver takes longer to load than a worker to start: not before it is needed.
    import numpy as np  # noqa: PLC0415

    from domain.arbitrage.claims import claims  # noqa: PLC0415
    from domain.arbitrage.program import best_portfolio  # noqa: PLC0415

    selections = tuple((market, outcome) for market, its in prices.items() for outcome in sorted(its))
    speaks = claims(group, selections)
    odds = np.array([prices[market][outcome] for market, outcome in selections])
    best = best_portfolio(odds[:, None] * speaks.win + speaks.refund)
    legs = [market for (market, _), stake in zip(selections, best.stakes, strict=True) if stake > 0.0]
    return Incoherence(best.margin, tuple(dict.fromkeys(legs)))
