"""What each book shows of one market, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.arbitrage.config import ArbitrageConfig


@dataclass(slots=True)
class Stand:
    """What one book shows.

    Parameters
    ----------
    prices : dict of str to float
        Decimal odds by outcome; empty after a withdrawal, which is kept so that an older quote that comes
        late does not bring the book back.
    from_ms, seen_ms, quoted_at_ms : int
        Since when without a break, the newest event time, and when last confirmed; UTC milliseconds.
    """

    prices: dict[str, float]
    from_ms: int
    seen_ms: int
    quoted_at_ms: int


@dataclass(slots=True)
class Watch:
    """One market as all books show it.

    Parameters
    ----------
    now_ms : int
        The newest event time seen.
    """

    stands: dict[str, Stand] = field(default_factory=dict)
    now_ms: int = 0


def take(
    watch: Watch,
    book: str,
    prices: Mapping[str, float],
    event_time_ms: int,
    quoted_at_ms: int,
    config: ArbitrageConfig,
) -> bool:
    """Let a quote stand; no prices means that the book has withdrawn.

    Returns
    -------
    bool
        False for a quote that is older than the one that stands of this book: it changes nothing.
    """
    old = watch.stands.get(book)
    if old is not None and event_time_ms < old.seen_ms:
        return False
    from_ms = event_time_ms
    if old is not None and old.prices == prices:
        quoted_at_ms = max(quoted_at_ms, old.quoted_at_ms)
        if event_time_ms - old.quoted_at_ms <= config.max_age_ms:
            from_ms = old.from_ms
    watch.stands[book] = Stand(dict(prices), from_ms, event_time_ms, quoted_at_ms)
    watch.now_ms = max(watch.now_ms, event_time_ms)
    return True
