"""What a rule looks at: one single bet, and all that stands when it is decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.bets.each_way import EachWay
from domain.bets.lines import Lines
from domain.book import EventBook, payout, stake_for_payout
from domain.each_way_room import split_event_room, split_worst_case
from domain.kelly import kelly_limit
from schemas import OperatorProfile, SharedRoom


@dataclass(frozen=True, slots=True)
class BetRequest:
    """A single bet before its decision. Rules read nothing else, so the same request is decided alike.

    Parameters
    ----------
    market, outcome : str
        What is bet on.
    stake : int
        Minor units, as asked.
    price : float
        Decimal odds that the bettor asks for.
    price_sequence : int or None
        The offered price's sequence that the bettor saw, if known.
    standing_price : float or None
        What the operator offers on the outcome now; None where it offers nothing.
    suspended : str or None
        Why the market takes no bet; None while it is open.
    event_known, event_started : bool
        Whether there is a fixture, and whether its start has passed at the bet's time.
    profile : OperatorProfile or None
        The operator's settings; None for an operator that nobody knows.
    clv : float or None
        The bettor's closing line value, as far as it limits the stake.
    stake_factor : float
        The bettor's share of the operator's stake limit, 0 or more.
    bets_last_minute : int
        Of this bettor, this bet included.
    book : EventBook
        The operator's book on the event; rules only read it.
    outcomes : collection of str
        All outcomes of the market; empty for a market that nobody knows.
    ahead_ms : int
        The bet's own time less the time at which it came in: positive when it claims to be from the future.
    kind, legs, each_way
        Of the bet.
    related : int
        Legs beyond the first on one event.
    confidence : float
        The share of the market's limits that the price is good for, 0 to 1.
    review : bool
        Whether a person has to look at the bet and has not approved it.
    reducing : bool
        Whether the operator takes those bets alone that do not deepen what it may lose.
    lines : Lines or None
        Of a bet of several legs; None for a single.
    split : EachWay or None
        The parts of an each-way single; None where no such bet is taken, or it is none.
    combined : bool
        Whether it has several legs, of which this may be one.
    joint : bool
        Whether its legs are on one event and are priced together.
    shared : sequence of SharedRoom
        The limits that many events share, as they stand on the event's partition.
    same_last_minute : int
        Of this bettor's bets of the last minute, how many are on the same selections.
    """

    market: str
    outcome: str
    stake: int
    price: float
    price_sequence: int | None
    standing_price: float | None
    suspended: str | None
    event_known: bool
    event_started: bool
    profile: OperatorProfile | None
    stake_factor: float
    bets_last_minute: int
    book: EventBook
    outcomes: Collection[str]
    ahead_ms: int = 0
    kind: str = "single"
    legs: int = 1
    each_way: bool = False
    related: int = 0
    lines: Lines | None = None
    split: EachWay | None = None
    combined: bool = False
    same_last_minute: int = 1
    confidence: float = 1.0
    reducing: bool = False
    review: bool = False
    joint: bool = False
    shared: Sequence[SharedRoom] = ()
    clv: float | None = None

    @property
    def bettor_limit(self) -> float:
        """The most that the bettor may stake: its share of the limit, or what Kelly allows; minor units."""
        most = self.settings.max_stake * self.stake_factor
        if self.settings.bank and self.clv is not None:
            return min(most, kelly_limit(self.settings.bank, self.clv))
        return most

    @property
    def sharing(self) -> Lines | EachWay | None:
        """What shares the stake: lines, or parts; None where it is one."""
        return self.lines if self.split is None else self.split

    @property
    def pays(self) -> int:
        """What the bet pays if it wins, stake included."""
        shared = self.sharing
        return payout(self.stake, self.price) if shared is None else shared.pays(self.stake)

    def stake_paying(self, most: int) -> int:
        """Return the largest stake that pays ``most`` at the most."""
        shared = self.sharing
        return stake_for_payout(most, self.price) if shared is None else shared.stake_paying(most)

    def event_room(self, limit: int) -> int:
        """Return the largest stake that keeps the event's worst case within ``limit``, or where it is."""
        if self.split is not None:
            return split_event_room(self.book, self.split, limit)
        return self.book.event_room(self.market, self.outcome, self.price, limit)

    @property
    def event_worst_case(self) -> int:
        """The event's worst case with the bet, markets added up."""
        if self.split is not None:
            return split_worst_case(self.book, self.split, self.stake)
        others = self.book.worst_case() - self.book.worst_case(self.market)
        pays = payout(self.stake, self.price)
        return others + self.book.worst_case_with(self.market, self.outcome, self.stake, pays)

    @property
    def settings(self) -> OperatorProfile:
        """The operator's settings, for rules that run only where there are some."""
        if self.profile is None:
            raise ValueError("the operator is unknown")
        return self.profile
