"""A set of bets that cannot lose, or that loses little and may win twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from domain.arbitrage.config import ArbitrageConfig

ALWAYS = 1 << 62
"""When a price that stands until it is replaced was confirmed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A price at which a leg can be had.

    Parameters
    ----------
    net_price : float
        After commission.
    from_ms, quoted_at_ms : int
        Since when it stands, and when it was last confirmed; UTC milliseconds. An operator's own price needs
        no confirmation: ``ALWAYS``.
    """

    net_price: float
    book: str
    price: float
    from_ms: int
    quoted_at_ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One bet of an arbitrage.

    Parameters
    ----------
    net_price : float
        After commission.
    stake : float
        Share of the total stake.
    age_s : float
        Seconds since the book confirmed the price.
    market : str
        Where the outcome is one of.
    quoted_at_ms : int
        When the book confirmed the price.
    """

    outcome: str
    book: str
    price: float
    net_price: float
    stake: float
    age_s: float
    market: str = ""
    quoted_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A set of bets that cannot lose, or a middle.

    Parameters
    ----------
    margin : float
        Profit per unit staked; where a market can push, unless it does. Of a middle: what is expected.
    worst : float
        Profit per unit staked whatever happens: less than ``margin`` where stakes may come back, below 0 of a
        middle.
    legs : tuple of Leg
        In the order of the outcomes.
    from_ms, at_ms : int
        Since when all legs have stood together, and when they were seen to.
    confidence : float
        The probability that all legs can still be had as shown, by their ages.
    both_win : float or None
        Of a middle: the probability of a result between its lines.
    """

    margin: float
    worst: float
    legs: tuple[Leg, ...]
    from_ms: int
    at_ms: int
    confidence: float = 1.0
    both_win: float | None = None

    @property
    def key(self) -> str:
        """What tells it from another of the same market: the legs' books and prices."""
        several = len(self.markets) > 1
        return ",".join(
            f"{leg.market + '/' if several else ''}{leg.outcome}={leg.book}@{leg.price:g}"
            for leg in self.legs
        )

    @property
    def markets(self) -> tuple[str, ...]:
        """The markets of its legs, each once."""
        return tuple(dict.fromkeys(leg.market for leg in self.legs))

    def until_ms(self, config: ArbitrageConfig) -> int:
        """Return when it ends at the latest: when the first leg's confirmation is too old."""
        return min(leg.quoted_at_ms for leg in self.legs) + int(config.max_age_ms)


Chosen = tuple[str, str, Offer, float]
"""Market, outcome, where it is had, and the share of the total stake."""


def opportunity(
    margin: float,
    worst: float,
    chosen: Sequence[Chosen],
    now_ms: int,
    config: ArbitrageConfig,
    both_win: float | None = None,
) -> Opportunity:
    """Return what the chosen bets amount to at an instant.

    A confirmed price is taken to change at a constant rate, so each leg is still there with probability
    exp(-age / price_life_s).
    """
    legs = tuple(
        Leg(
            outcome,
            offer.book,
            offer.price,
            offer.net_price,
            stake,
            max(0.0, (now_ms - offer.quoted_at_ms) / 1000.0),
            market,
            offer.quoted_at_ms,
        )
        for market, outcome, offer, stake in chosen
    )
    from_ms = max(offer.from_ms for _, _, offer, _ in chosen)
    confidence = exp(-sum([leg.age_s for leg in legs]) / config.price_life_s)
    return Opportunity(margin, worst, legs, from_ms, now_ms, confidence, both_win)
