"""The margins of the latest prices, for Prometheus: what was aimed at and what came of it."""

from functools import lru_cache

from prometheus_client import Gauge

from domain.markets import type_of
from schemas import OfferedPrice

TARGET = Gauge(
    "overround_margin_target_ratio", "Margin that the latest price aimed at", ["operator", "market_type"]
)
REALISED = Gauge(
    "overround_margin_realised_ratio",
    "Margin of the latest price as offered, after the price rules",
    ["operator", "market_type"],
)


@lru_cache(maxsize=1_000)
def _gauges(operator: str, market_type: str) -> tuple[Gauge, Gauge]:
    return TARGET.labels(operator, market_type), REALISED.labels(operator, market_type)


def note(price: OfferedPrice) -> None:
    """Show the margins of a price at which bets are taken."""
    if price.suspended is None:
        target, realised = _gauges(price.operator, type_of(price.market))
        target.set(price.target_overround - 1.0)
        realised.set(price.overround - 1.0)
