"""Bets that wait for their decision, and what is remembered of those that had one.

The server tails every decision, so whichever server took a bet, each knows what became of it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from schemas import Bet, Decision

V = TypeVar("V")

BetKey = tuple[str, str, str]
"""Operator, bettor, bet id."""


def key_of(bet: Bet | Decision) -> BetKey:
    """Return what a bet is known by."""
    return bet.operator, bet.bettor, bet.bet_id


def same(one: Bet, other: Bet) -> bool:
    """Tell whether two bets are the same but for the time; a repeated request has a later one."""
    return one.legs == other.legs and one.stake == other.stake and key_of(one) == key_of(other)


def answers(decision: Decision, bet: Bet) -> bool:
    """Tell whether a decision under the bet's id is about this bet, as far as a decision says."""
    leg = bet.legs[0]
    return (decision.event_id, decision.market, decision.outcome) == (
        leg.event_id,
        leg.market,
        leg.outcome,
    ) and (
        decision.requested_stake,
        decision.requested_price,
    ) == (bet.stake, leg.price)


@dataclass(frozen=True, slots=True)
class Refused:
    """A bet that came to the dead letters."""

    reason: str

    @property
    def duplicate(self) -> bool:
        """Whether its id was taken by another bet."""
        return self.reason.startswith("duplicate_bet_id")


Outcome = Decision | Refused


class FullError(Exception):
    """As many bets wait as may."""


class ConflictError(Exception):
    """Another bet with this id is known."""


@dataclass(slots=True)
class _Waiting:
    bet: Bet
    outcome: "asyncio.Future[Outcome]"
    waiters: int = 0


class WaitingBets:
    """Brings decisions to those who wait for them.

    Parameters
    ----------
    capacity : int
        Requests that may wait at the same time.
    remembered : int
        Bets and decisions that are kept after that, the latest ones.
    """

    def __init__(self, capacity: int = 1000, remembered: int = 20_000) -> None:
        self.capacity = capacity
        self._remembered = remembered
        self._waiting: dict[BetKey, _Waiting] = {}
        self._placed: OrderedDict[BetKey, Bet] = OrderedDict()
        self._decided: OrderedDict[BetKey, Decision] = OrderedDict()
        self.waiters = 0

    def decision(self, key: BetKey) -> Decision | None:
        """Return the decision on a recent bet, if it is known here."""
        return self._decided.get(key)

    def placed(self, key: BetKey) -> bool:
        """Tell whether the bet was recently placed here."""
        return key in self._placed

    def decided_before(self, bet: Bet) -> Decision | None:
        """Return the decision that the bet already has, or None where none is known here.

        Raises
        ------
        ConflictError
            When another bet with this id is known.
        """
        known = self._placed.get(key_of(bet))
        decision = self._decided.get(key_of(bet))
        if (known is not None and not same(known, bet)) or (
            decision is not None and not answers(decision, bet)
        ):
            raise ConflictError
        return decision

    @contextmanager
    def wait(self, bet: Bet) -> "Iterator[asyncio.Future[Outcome]]":
        """Hold a place for one who waits; the same bet waits in one place, however often it is sent.

        Raises
        ------
        FullError
            When there is no room.
        """
        if self.waiters >= self.capacity:
            raise FullError
        key = key_of(bet)
        entry = self._waiting.get(key)
        if entry is None:
            entry = self._waiting[key] = _Waiting(bet, asyncio.get_running_loop().create_future())
        entry.waiters += 1
        self.waiters += 1
        try:
            yield entry.outcome
        finally:
            self.waiters -= 1
            entry.waiters -= 1
            if entry.waiters == 0:
                self._waiting.pop(key, None)
                entry.outcome.cancel()

    def place(self, bet: Bet) -> None:
        """Remember a bet that has gone out."""
        _remember(self._placed, key_of(bet), bet, self._remembered)

    def forget(self, bet: Bet) -> None:
        """Take back ``place``: the bet did not go out."""
        self._placed.pop(key_of(bet), None)

    def decide(self, decision: Decision) -> None:
        """Take a decision from the topic."""
        key = key_of(decision)
        _remember(self._decided, key, decision, self._remembered)
        entry = self._waiting.get(key)
        if entry is not None and answers(decision, entry.bet) and not entry.outcome.done():
            entry.outcome.set_result(decision)

    def refuse(self, bet: Bet, reason: str) -> None:
        """Take a bet from the dead letters."""
        key = key_of(bet)
        known = self._placed.get(key)
        if known is not None and same(known, bet):
            del self._placed[key]
        entry = self._waiting.get(key)
        if entry is not None and same(entry.bet, bet) and not entry.outcome.done():
            entry.outcome.set_result(Refused(reason))


def _remember(kept: "OrderedDict[BetKey, V]", key: BetKey, value: V, limit: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > limit:
        kept.popitem(last=False)
