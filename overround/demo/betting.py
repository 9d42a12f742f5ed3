"""The demo's bettors: they look at the offered prices and place bets on Kafka."""

import asyncio
import time
from collections.abc import Callable, Mapping

from domain.population import Intent, Offer, Population
from overround.demo.insight import Insight
from overround.demo.observer import Seen
from overround.demo.operators import NAMES
from schemas import Bet, BetContext, Leg
from streams.producer import Producer
from streams.topics import BETS

STEP_S = 0.01
COMBINED_EVERY = 12
"""So often a bet becomes a double or a treble, with what others at the operator have just picked."""
MOST_OTHERS = 2
SOON_MS = 24 * 3_600_000


class Betting:
    """Places bets at a rate for as long as it is let.

    Parameters
    ----------
    starts : mapping
        When each event starts, UTC milliseconds: most bet on what is played within a day.
    rate : float
        Bets per second; fewer come while nothing is worth a bet.
    now_ms : callable
        Returns the event time of the play, UTC milliseconds.
    run : str
        Goes into bet ids, so that no two runs share any.
    """

    def __init__(
        self,
        population: Population,
        seen: Seen,
        insight: Insight,
        producer: Producer,
        *,
        starts: Mapping[str, int],
        rate: float,
        now_ms: Callable[[], int],
        run: str,
    ) -> None:
        self._population = population
        self._seen = seen
        self._insight = insight
        self._producer = producer
        self._starts = starts
        self._rate = rate
        self._now_ms = now_ms
        self._run = run
        self.placed = 0
        self._open: dict[tuple[str, str, str], Offer] = {}
        self._latest: dict[str, list[Intent]] = {}

    async def keep_betting(self) -> None:
        """Place bets until cancelled."""
        started: float | None = None
        wanted = 0
        while True:
            await asyncio.sleep(STEP_S)
            offers = self._offers()
            if not offers:
                continue
            if started is None:
                started = time.monotonic()
            due = int((time.monotonic() - started) * self._rate)
            if due > wanted:
                # what was missed while nobody found anything is not made up for in one go
                for intent in self._population.bets(self._now_ms(), offers, min(due - wanted, 50)):
                    self._place(intent)
                wanted = due

    @property
    def labels(self) -> dict[str, str]:
        """The class of each bettor, by name: what the platform is not told."""
        return {name: bettor.kind.name for name, bettor in self._population.bettors.items()}

    def _offers(self) -> dict[str, list[Offer]]:
        """Return what is open and starts soon, by operator."""
        self._look_again()
        until_ms = self._now_ms() + SOON_MS
        offers: dict[str, list[Offer]] = {}
        for offer in self._open.values():
            if self._starts.get(offer.event_id, 0) <= until_ms:
                offers.setdefault(offer.operator, []).append(offer)
        return offers

    def _look_again(self) -> None:
        """Look at what has moved since the last look, and at nothing else."""
        moved: set[tuple[str, str, str]] = set()
        while self._seen.moved:
            moved.add(self._seen.moved.popleft())
        while self._insight.moved:
            event_id, market = self._insight.moved.popleft()
            moved |= {(operator, event_id, market) for operator in NAMES}
        for key in moved:
            price = self._seen.offers.get(key)
            if price is None or price.suspended is not None:
                self._open.pop(key, None)
            else:
                known = self._insight.of(price.event_id, price.market)
                self._open[key] = Offer(*key, price.prices, price.sequence, known)

    def _place(self, intent: Intent) -> None:
        self.placed += 1
        legs = [_leg(intent.event_id, intent.market, intent.outcome, intent.price, intent.sequence)]
        if self.placed % COMBINED_EVERY == 0:
            legs += self._others(intent)
        self._latest[intent.operator] = [*self._latest.get(intent.operator, [])[-MOST_OTHERS:], intent]
        bet = Bet(
            operator=intent.operator,
            bettor=intent.bettor,
            bet_id=f"{self._run}-{self.placed}",
            legs=legs,
            stake=intent.stake,
            event_time_ms=intent.time_ms,
            context=self._context(intent),
        )
        self._producer.send(BETS, f"{intent.operator}|{intent.bettor}", bet, intent.time_ms)

    def _context(self, intent: Intent) -> BetContext:
        bettor = self._population.bettors[intent.bettor]
        return BetContext(
            promotion=intent.promotion,
            account_days=round(bettor.account_days, 1),
            device=intent.device,
            ip=intent.address,
        )

    def _others(self, intent: Intent) -> list[Leg]:
        """Return legs on other events: the latest picks at the operator that are open still."""
        legs: dict[str, Leg] = {}
        for pick in self._latest.get(intent.operator, []):
            price = self._seen.offers.get((pick.operator, pick.event_id, pick.market))
            if price is None or price.suspended is not None or pick.event_id == intent.event_id:
                continue
            if pick.outcome in price.prices:
                odds = price.prices[pick.outcome]
                legs[pick.event_id] = _leg(pick.event_id, pick.market, pick.outcome, odds, price.sequence)
        return list(legs.values())[-MOST_OTHERS:]


def _leg(event_id: str, market: str, outcome: str, price: float, sequence: int) -> Leg:
    return Leg(event_id=event_id, market=market, outcome=outcome, price=price, price_sequence=sequence)
