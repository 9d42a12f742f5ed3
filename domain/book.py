"""The book of one operator on one event: what has been staked, and what must be paid on each outcome.

Money is in integer minor units and every figure is exact. Markets are taken as unrelated: the worst case of
the event is the sum of the markets' worst cases, which is never less than the true one.

The cost of a bet does not depend on how many bets are in the book.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

PRICE_SCALE = 10_000
"""A price counts to its fourth decimal."""


def price_units(price: float) -> int:
    """Return a price in ten-thousandths, to the nearest: 1.91 is 19100."""
    return round(price * PRICE_SCALE)


def payout(stake: int, price: float) -> int:
    """Return what a winning bet is paid, its stake included: floor(stake x price), exactly.

    The price is taken as the decimal number that it stands for (four decimals, the nearest), so
    ``payout(100, 1.13)`` is 113 although the float product is below 113.

    Parameters
    ----------
    stake : int
        Minor units, 0 or more.
    price : float
        Decimal odds above 1.
    """
    return stake * price_units(price) // PRICE_SCALE


def stake_for_payout(most: int, price: float) -> int:
    """Return the largest stake whose ``payout`` at ``price`` is at most ``most`` (0 where ``most`` < 0)."""
    return max(0, ((most + 1) * PRICE_SCALE - 1) // price_units(price))


@dataclass
class MarketBook:
    """Accepted stakes of one market and what they pay. Changed by ``EventBook.reserve`` and ``release`` only.

    Parameters
    ----------
    stakes : int
        Sum of the stakes.
    payouts : dict of str to int
        What is paid if the outcome wins; an outcome without bets is left out.
    sharp : int
        How much of the stakes came from sharps.
    """

    stakes: int = 0
    payouts: dict[str, int] = field(default_factory=dict)
    sharp: int = 0

    def __post_init__(self) -> None:
        self._top = max(self.payouts.values(), default=0)

    @property
    def worst_case(self) -> int:
        """The most that the market can lose: 0 or more."""
        # An outcome without bets never loses, so the outcomes that have some are enough.
        return max(0, self._top - self.stakes)

    def profit(self, outcomes: Iterable[str]) -> dict[str, int]:
        """Return what the book wins (or, below 0, loses) if each of ``outcomes`` comes."""
        return {outcome: self.stakes - self.payouts.get(outcome, 0) for outcome in outcomes}

    def _add(self, outcome: str, stake: int, payout: int) -> None:
        self.stakes += stake
        held = self.payouts.get(outcome, 0) + payout
        self.payouts[outcome] = held
        self._top = max(self._top, held)

    def _remove(self, outcome: str, stake: int, payout: int) -> None:
        held = self.payouts.get(outcome, 0)
        if stake > self.stakes or payout > held:
            raise ValueError(f"{outcome}: {stake} at a payout of {payout} is not in the book")
        self.stakes -= stake
        if payout == held:
            self.payouts.pop(outcome, None)
        else:
            self.payouts[outcome] = held - payout
        if held == self._top:
            self._top = max(self.payouts.values(), default=0)


@dataclass
class EventBook:
    """All markets of one event, of one operator. A plain value: pydantic's TypeAdapter reads and writes it.

    Parameters
    ----------
    version : int
        Counts the changes: one per ``reserve`` or ``release``.
    markets : dict of str to MarketBook
        Markets that hold bets.
    bets : int
        How many are in it.
    """

    version: int = 0
    markets: dict[str, MarketBook] = field(default_factory=dict)
    bets: int = 0

    def __post_init__(self) -> None:
        self._worst = sum(book.worst_case for book in self.markets.values())

    def profit(self, market: str, outcomes: Iterable[str]) -> dict[str, int]:
        """Return the profit of a market by outcome; ``outcomes`` are all that the market has."""
        return self.markets.get(market, _EMPTY).profit(outcomes)

    def worst_case(self, market: str | None = None) -> int:
        """Return the most that can be lost on a market, or on the event (markets added up): 0 or more."""
        return self._worst if market is None else self.markets.get(market, _EMPTY).worst_case

    def reserve(self, market: str, outcome: str, stake: int, payout: int, sharp: int = 0) -> None:
        """Take a bet into the book.

        Parameters
        ----------
        stake, payout : int
            What was staked and what is paid if the outcome wins, stake included; minor units. A bet that is
            not sure yet is held with no stake and what it would win, so that nothing counts on its stake.
        sharp : int
            How much of the stake counts as a sharp's; what is released later stays counted.
        """
        if stake < 0 or payout <= 0:
            raise ValueError(f"a stake of {stake} that pays {payout} is not a bet")
        book = self.markets.get(market)
        if book is None:
            book = self.markets[market] = MarketBook()
        before = book.worst_case
        book._add(outcome, stake, payout)
        book.sharp += sharp
        self._worst += book.worst_case - before
        self.version += 1
        self.bets += 1

    def release(self, market: str, outcome: str, stake: int, payout: int) -> None:
        """Take a bet out again: the inverse of ``reserve``, but for the version, which moves on.

        Raises
        ------
        ValueError
            Where the book does not hold that much.
        """
        book = self.markets.get(market)
        if book is None or stake < 0 or payout <= 0:
            raise ValueError(f"{market}: {stake} at a payout of {payout} is not in the book")
        before = book.worst_case
        book._remove(outcome, stake, payout)
        self._worst += book.worst_case - before
        if not book.payouts and not book.stakes:
            del self.markets[market]
        self.version += 1
        self.bets -= 1

    def worst_case_with(self, market: str, outcome: str, stake: int, payout: int) -> int:
        """Return what ``worst_case(market)`` would be with one more bet."""
        book = self.markets.get(market, _EMPTY)
        top = max(book._top, book.payouts.get(outcome, 0) + payout)
        return max(0, top - book.stakes - stake)

    def market_room(self, market: str, outcome: str, price: float, limit: int) -> int:
        """Return the largest stake that keeps the market's worst case within ``limit``.

        A book beyond its limit (the limit was lowered) still takes what does not deepen its worst case.
        """
        return self._stake_up_to(market, outcome, price, max(limit, self.worst_case(market)))

    def event_room(self, market: str, outcome: str, price: float, limit: int) -> int:
        """Return the largest stake that keeps the event's worst case within ``limit``, as ``market_room``."""
        others = self._worst - self.worst_case(market)
        return self._stake_up_to(market, outcome, price, max(limit, self._worst) - others)

    def room(self, market: str, outcome: str, price: float, market_limit: int, event_limit: int) -> int:
        """Return the largest stake that keeps both limits; it pays ``payout(stake, price)``.

        Parameters
        ----------
        price : float
            Decimal odds above 1.
        market_limit, event_limit : int
            The most that may be lost on the market and on the event, minor units.
        """
        return min(
            self.market_room(market, outcome, price, market_limit),
            self.event_room(market, outcome, price, event_limit),
        )

    def _stake_up_to(self, market: str, outcome: str, price: float, worst: int) -> int:
        # A further stake s deepens only its own outcome's loss, by floor(s x (price - 1)), which must stay
        # within `spare`: s x gain < (spare + 1) x scale in whole numbers.
        book = self.markets.get(market, _EMPTY)
        spare = worst + book.stakes - book.payouts.get(outcome, 0)
        gain = price_units(price) - PRICE_SCALE
        if gain <= 0:
            raise ValueError(f"a price of {price} wins nothing")
        return ((spare + 1) * PRICE_SCALE - 1) // gain


_EMPTY = MarketBook()
