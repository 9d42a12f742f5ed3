"""Bets that wait for their decision, and what is remembered of those that had one.

The server tails every decision, so whichever server took a bet, each knows what became of it.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from schemas import Bet, Decision

BetKey = tuple[str, str, str]
"""Operator, bettor, bet id."""


def key_of(bet: Bet | Decision) -> BetKey:
    """Return what a bet is known by."""
    return bet.operator, bet.bettor, bet.bet_id


def fingerprint(bet: Bet) -> bytes:
    """Return what tells bets with the same id apart: all but the time; a repeated request has a later one."""
    return hashlib.blake2b(bet.model_dump_json(exclude={"event_time_ms"}).encode(), digest_size=16).digest()


def answers(decision: Decision, bet: Bet) -> bool:
    """Tell whether a decision under the bet's id is about this bet, as far as a decision says."""
    leg = bet.legs[0]
    # a bet of several legs has a price of its own, made of theirs
    price = leg.price if len(bet.legs) == 1 else decision.requested_price
    return (decision.event_id, decision.market, decision.outcome) == (
        leg.event_id,
        leg.market,
        leg.outcome,
    ) and (
        decision.requested_stake,
        decision.requested_price,
    ) == (bet.stake, price)


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
        # as bytes: as objects they would take ten times the memory
        self._placed: OrderedDict[BetKey, bytes] = OrderedDict()
        self._decided: OrderedDict[BetKey, bytes] = OrderedDict()
        self.waiters = 0

    def decision(self, key: BetKey) -> Decision | None:
        """Return the decision on a recent bet, if it is known here."""
        body = self._decided.get(key)
        return None if body is None else Decision.model_validate_json(body)

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
        known = self._placed.get(key_of(bet), fingerprint(bet))
        decision = self.decision(key_of(bet))
        if known != fingerprint(bet) or (decision is not None and not answers(decision, bet)):
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
        _remember(self._placed, key_of(bet), fingerprint(bet), self._remembered)

    def forget(self, bet: Bet) -> None:
        """Take back ``place``: the bet did not go out."""
        self._placed.pop(key_of(bet), None)

    def decide(self, body: bytes) -> None:
        """Take a decision from the topic, as JSON.

        Raises
        ------
        ValidationError
            When it is not a decision.
        """
        decision = Decision.model_validate_json(body)
        key = key_of(decision)
        _remember(self._decided, key, body, self._remembered)
        entry = self._waiting.get(key)
        if entry is not None and answers(decision, entry.bet) and not entry.outcome.done():
            entry.outcome.set_result(decision)

    def refuse(self, bet: Bet, reason: str) -> None:
        """Take a bet from the dead letters."""
        key = key_of(bet)
        mark = fingerprint(bet)
        if self._placed.get(key) == mark:
            del self._placed[key]
        entry = self._waiting.get(key)
        if entry is not None and fingerprint(entry.bet) == mark and not entry.outcome.done():
            entry.outcome.set_result(Refused(reason))


def _remember(kept: "OrderedDict[BetKey, bytes]", key: BetKey, value: bytes, limit: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > limit:
        kept.popitem(last=False)
