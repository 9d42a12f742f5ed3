"""Arbitrage between books: prices that stand at the same time and leave a profit whatever happens.

Over n outcomes with the best net price o of each: sum 1/o < 1, stakes in proportion to 1/o, a profit of
1 / sum - 1 per unit staked. An exchange's commission c on winnings makes a price o into 1 + (o - 1)(1 - c).
Where a market can push (a whole or quarter line) the refund falls on all legs alike: less profit, no loss.

A quote stands from its event time until the book replaces or withdraws it, or its last confirmation is older
than allowed. Nothing but a new quote can make an arbitrage, so it is enough to look when one arrives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ROUNDING = 1e-9
"""A margin below this is what floats leave of a fair market."""


@dataclass(frozen=True)
class ArbitrageConfig:
    """When prices count.

    Parameters
    ----------
    max_age_s : float
        How old a book's last confirmation may be.
    commissions : mapping of str to float
        Share of the winnings that a book keeps, by name; 0 for the rest.
    min_margin : float
        Profit per unit staked from which on it is reported.
    """

    max_age_s: float = 300.0
    commissions: Mapping[str, float] = field(default_factory=dict)
    min_margin: float = 0.0


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
    """

    outcome: str
    book: str
    price: float
    net_price: float
    stake: float
    age_s: float


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A set of bets that cannot lose.

    Parameters
    ----------
    margin : float
        Profit per unit staked.
    legs : tuple of Leg
        In the order of the outcomes.
    from_ms, at_ms : int
        Since when all legs have stood together, and when they were seen to.
    """

    margin: float
    legs: tuple[Leg, ...]
    from_ms: int
    at_ms: int

    @property
    def key(self) -> str:
        """What tells it from another of the same market: the legs' books and prices."""
        return ",".join(f"{leg.outcome}={leg.book}@{leg.price:g}" for leg in self.legs)


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
        if event_time_ms - old.quoted_at_ms <= config.max_age_s * 1000.0:
            from_ms = old.from_ms
    watch.stands[book] = Stand(dict(prices), from_ms, event_time_ms, quoted_at_ms)
    watch.now_ms = max(watch.now_ms, event_time_ms)
    return True


def find(watch: Watch, outcomes: Sequence[str], config: ArbitrageConfig) -> Opportunity | None:
    """Return the arbitrage between the books that stand now, or None.

    Of equal prices the one confirmed last is taken, then the first book by name.
    """
    return _opportunity(_best(watch, outcomes, config), outcomes, watch.now_ms, config.min_margin)


def find_against(
    watch: Watch,
    outcomes: Sequence[str],
    operator: str,
    own_prices: Mapping[str, float],
    config: ArbitrageConfig,
) -> Opportunity | None:
    """Return the best arbitrage with at least one leg at the operator's own prices, or None.

    Parameters
    ----------
    own_prices : mapping of str to float
        What the operator offers now, by outcome; no commission.
    """
    best = _best(watch, outcomes, config)
    own = {
        outcome: _Offer(price, operator, price, watch.now_ms, watch.now_ms)
        for outcome, price in own_prices.items()
    }
    better = {
        outcome: offer
        for outcome, offer in own.items()
        if outcome not in best or offer.net_price >= best[outcome].net_price
    }
    if not better:
        # The own price that costs a bettor least to take instead of the market's best.
        costs = {o: 1.0 / own[o].net_price - 1.0 / best[o].net_price for o in outcomes if o in own}
        if not costs:
            return None
        cheapest = min(costs, key=costs.__getitem__)
        better = {cheapest: own[cheapest]}
    return _opportunity({**best, **better}, outcomes, watch.now_ms, config.min_margin)


@dataclass(frozen=True, slots=True)
class _Offer:
    net_price: float
    book: str
    price: float
    from_ms: int
    quoted_at_ms: int


def _best(watch: Watch, outcomes: Sequence[str], config: ArbitrageConfig) -> dict[str, _Offer]:
    oldest_ms = watch.now_ms - config.max_age_s * 1000.0
    best: dict[str, _Offer] = {}
    for book, stand in watch.stands.items():
        if stand.quoted_at_ms < oldest_ms:
            continue
        kept = 1.0 - config.commissions.get(book, 0.0)
        for outcome in outcomes:
            price = stand.prices.get(outcome)
            if price is None:
                continue
            net = 1.0 + (price - 1.0) * kept
            rival = best.get(outcome)
            if (
                rival is None
                or net > rival.net_price
                or (net == rival.net_price and _fresher(stand, book, rival))
            ):
                best[outcome] = _Offer(net, book, price, stand.from_ms, stand.quoted_at_ms)
    return best


def _fresher(stand: Stand, book: str, rival: _Offer) -> bool:
    return (-stand.quoted_at_ms, book) < (-rival.quoted_at_ms, rival.book)


def _opportunity(
    best: Mapping[str, _Offer], outcomes: Sequence[str], now_ms: int, min_margin: float
) -> Opportunity | None:
    if len(outcomes) < 2 or len(best) < len(outcomes):
        return None
    total = sum([1.0 / best[outcome].net_price for outcome in outcomes])
    margin = 1.0 / total - 1.0
    if margin <= max(min_margin, ROUNDING):
        return None
    legs = tuple(
        Leg(
            outcome,
            offer.book,
            offer.price,
            offer.net_price,
            1.0 / (offer.net_price * total),
            max(0.0, (now_ms - offer.quoted_at_ms) / 1000.0),
        )
        for outcome, offer in ((outcome, best[outcome]) for outcome in outcomes)
    )
    from_ms = max(best[outcome].from_ms for outcome in outcomes)
    return Opportunity(margin, legs, from_ms, now_ms)
