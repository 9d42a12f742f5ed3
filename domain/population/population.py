"""Who bets next, on what, and with how much."""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from itertools import accumulate
from math import exp
from random import Random

from domain.population.classes import CLASSES, BettorClass
from domain.population.offers import Intent, Offer
from domain.population.people import Bettor, units
from domain.population.picks import Board, pick

DRAWS_PER_BET = 4
"""A bettor who finds nothing lets another try, up to this many per bet that is asked for."""

LEAST_STAKE = 100
"""Minor units."""

FOLLOWS_DOWN_TO = 0.97
"""A ring's followers still bet at this share of the price that the leader got."""


class Population:
    """Synthetic bettors. The same seed and the same calls give the same bets.

    Parameters
    ----------
    seed : int
        Of all its chance.
    mixture : mapping of str to int
        Units by the name of their class; a ring is one unit.
    operators : sequence of str
        Where accounts are opened, each at one of them.
    classes : mapping of str to BettorClass
        The registry, for mixtures with classes of one's own.
    """

    def __init__(
        self,
        seed: int,
        mixture: Mapping[str, int],
        operators: Sequence[str],
        classes: Mapping[str, BettorClass] = CLASSES,
    ) -> None:
        self._rng = Random(seed)
        self._units = list(units(mixture, classes, operators, self._rng))
        self._activity = list(accumulate(unit.kind.activity for unit in self._units))
        self._following: list[tuple[int, int, Bettor, Offer, str]] = []
        self._followed = 0
        self.bettors: dict[str, Bettor] = {one.name: one for unit in self._units for one in unit.members}
        """All accounts by name; ``kind.name`` is the label."""

    def bets(
        self, now_ms: int, offers: Mapping[str, Sequence[Offer]], n: int, within_ms: int = 0
    ) -> list[Intent]:
        """Return up to ``n`` new bets from an instant on, and those that followers of rings owe by then.

        Parameters
        ----------
        now_ms : int
            UTC milliseconds; does not go back from call to call.
        offers : mapping of str to sequence of Offer
            By operator, all that is open for bets.
        n : int
            How many bets are asked for. Fewer come where informed bettors find nothing.
        within_ms : int
            The new bets are spread at random over this time from ``now_ms`` on; 0: all are placed at once.
        """
        found = self._owed(now_ms, offers)
        boards = {operator: Board(some) for operator, some in offers.items() if some} if n else {}
        left = n * DRAWS_PER_BET
        wanted = len(found) + n
        while len(found) < wanted and left > 0:
            left -= 1
            unit = self._rng.choices(self._units, cum_weights=self._activity)[0]
            board = boards.get(unit.members[0].operator)
            picked = pick(unit.kind, board, self._rng) if board is not None else None
            if picked is None:
                continue
            offer, outcome, informed = picked
            leader, *followers = unit.members
            at_ms = now_ms + self._waits_ms(unit.kind, offer, informed, within_ms)
            found.append(self._intent(at_ms, leader, offer, outcome))
            for follower in followers:
                if self._rng.random() >= unit.kind.ring_follows:
                    continue
                after_ms = 1 + int(self._rng.random() * unit.kind.ring_spread_ms)
                self._followed += 1
                heappush(self._following, (at_ms + after_ms, self._followed, follower, offer, outcome))
        return found

    def _waits_ms(self, kind: BettorClass, offer: Offer, informed: bool, within_ms: int) -> int:
        """Return how long a bettor waits: any time, or until just before the price moves."""
        rng, moves_after_ms = self._rng, offer.knowledge.moves_after_ms
        if informed and kind.races and moves_after_ms is not None and rng.random() < kind.races:
            return max(0, moves_after_ms - 1 - int(rng.expovariate(1 / kind.lead_ms)))
        return int(rng.random() * within_ms) if within_ms else 0

    def _owed(self, now_ms: int, offers: Mapping[str, Sequence[Offer]]) -> list[Intent]:
        if not self._following or self._following[0][0] > now_ms:
            return []
        standing = {
            (offer.operator, offer.event_id, offer.market): offer
            for some in offers.values()
            for offer in some
        }
        owed = []
        while self._following and self._following[0][0] <= now_ms:
            due_ms, _, follower, seen, outcome = heappop(self._following)
            offer = standing.get((seen.operator, seen.event_id, seen.market))
            if offer is not None and offer.prices.get(outcome, 0) >= FOLLOWS_DOWN_TO * seen.prices[outcome]:
                owed.append(self._intent(due_ms, follower, offer, outcome))
        return owed

    def _intent(self, time_ms: int, bettor: Bettor, offer: Offer, outcome: str) -> Intent:
        rng = self._rng
        device, address = bettor.comes_from(rng)
        stake = bettor.stake * exp(rng.gauss(0.0, bettor.kind.stake_spread))
        return Intent(
            time_ms,
            offer.operator,
            bettor.name,
            offer.event_id,
            offer.market,
            outcome,
            offer.prices[outcome],
            offer.sequence,
            max(bettor.round_to, LEAST_STAKE, round(stake / bettor.round_to) * bettor.round_to),
            rng.random() < bettor.promotion_share,
            device,
            address,
        )
