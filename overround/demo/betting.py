"""The demo's bettors: they look at the offered prices and place bets on Kafka."""

import asyncio
import time
from collections.abc import Callable, Iterator

from domain.population import Intent, Offer, Population
from overround.demo.insight import Insight
from overround.demo.observer import Seen
from schemas import Bet, Leg
from streams.producer import Producer
from streams.topics import BETS

STEP_S = 0.01


class Betting:
    """Places bets at a rate for as long as it is let.

    Parameters
    ----------
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
        rate: float,
        now_ms: Callable[[], int],
        run: str,
    ) -> None:
        self._population = population
        self._seen = seen
        self._insight = insight
        self._producer = producer
        self._rate = rate
        self._now_ms = now_ms
        self._run = run
        self.placed = 0
        self._looked: dict[tuple[str, str, str], tuple[int, int, Offer | None]] = {}

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

    def _offers(self) -> dict[str, list[Offer]]:
        offers: dict[str, list[Offer]] = {}
        for offer in self._open():
            offers.setdefault(offer.operator, []).append(offer)
        return offers

    def _open(self) -> Iterator[Offer]:
        """Yield what is open; what has not moved since the last look is not looked at again."""
        for key, price in self._seen.offers.items():
            if price.suspended is not None:
                continue
            operator, event_id, market = key
            moves = self._insight.moves(event_id, market)
            sequence, known_moves, offer = self._looked.get(key, (0, 0, None))
            if offer is None or sequence != price.sequence or known_moves != moves:
                known = self._insight.of(event_id, market)
                offer = Offer(operator, event_id, market, price.prices, price.sequence, known)
                self._looked[key] = (price.sequence, moves, offer)
            yield offer

    def _place(self, intent: Intent) -> None:
        self.placed += 1
        bet = Bet(
            operator=intent.operator,
            bettor=intent.bettor,
            bet_id=f"{self._run}-{self.placed}",
            legs=[
                Leg(
                    event_id=intent.event_id,
                    market=intent.market,
                    outcome=intent.outcome,
                    price=intent.price,
                    price_sequence=intent.sequence,
                )
            ],
            stake=intent.stake,
            event_time_ms=intent.time_ms,
        )
        self._producer.send(BETS, f"{intent.operator}|{intent.bettor}", bet, intent.time_ms)
