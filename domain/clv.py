"""Closing line value: how good a price was, measured by what the market knew later."""

from schemas.bets import Horizon

HORIZONS: tuple[tuple[Horizon, int], ...] = (("10s", 10_000), ("60s", 60_000), ("300s", 300_000))
"""Short horizons after a bet, in milliseconds; they stand in for the close until it comes."""

CLOSE: Horizon = "close"


def clv(price: float, probability: float) -> float:
    """Return price x probability - 1: the expected profit of a unit stake, above 0 where the bettor did well.

    Parameters
    ----------
    price : float
        Decimal odds at which the bet was taken.
    probability : float
        The outcome's fair probability (without margin) at the horizon or at the close.
    """
    return price * probability - 1.0


def due(bet_time_ms: int, start_ms: int | None) -> list[tuple[Horizon, int]]:
    """Return when a bet is to be marked: horizons with UTC milliseconds, earliest first.

    Before the start, the short horizons that fall before it, then the close, which is the start itself. A
    bet in play, or on an event whose start nobody knows, has no close and gets the short horizons alone.
    """
    if start_ms is None or bet_time_ms >= start_ms:
        return [(name, bet_time_ms + after_ms) for name, after_ms in HORIZONS]
    marks = [
        (name, bet_time_ms + after_ms) for name, after_ms in HORIZONS if bet_time_ms + after_ms < start_ms
    ]
    return [*marks, (CLOSE, start_ms)]
