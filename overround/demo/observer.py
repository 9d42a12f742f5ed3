"""What the demo sees of the platform, from outside: by reading its output topics."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from schemas import Alert, BettorRisk, Decision, Exposure, OfferedPrice
from streams.records import ORIGIN_AT, TRACE, PlainRecord, header, micros
from streams.topics import ALERTS, BETTORS, DECISIONS, DLQ_SUFFIX, EXPOSURE, QUOTES, offered, registry


@dataclass
class Seen:
    """Counts and figures so far.

    Parameters
    ----------
    offers : dict
        The latest price of each operator's each market: (operator, event_id, market) -> OfferedPrice.
    moved : deque
        Keys of ``offers`` that have moved, until the bettors take them out.
    decided : dict
        The decision on each bet: (operator, bettor, bet_id) -> ``accepted``, ``rejected``, ``alternative``.
    feed_to_price_s, bet_to_decision_s : list of float
        Seconds from a quote or bet being produced to its price or decision being read here.
    opening : tuple of int
        How many of either were measured before the opening was over.
    """

    prices: int = 0
    suspensions: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    offers: dict[tuple[str, str, str], OfferedPrice] = field(default_factory=dict)
    moved: deque[tuple[str, str, str]] = field(default_factory=deque)
    decided: dict[tuple[str, str, str], str] = field(default_factory=dict)
    exposures: dict[tuple[str, str], Exposure] = field(default_factory=dict)
    bettors: dict[tuple[str, str], BettorRisk] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    feed_to_price_s: list[float] = field(default_factory=list)
    bet_to_decision_s: list[float] = field(default_factory=list)
    opening: tuple[int, int] = (0, 0)

    def opened(self) -> None:
        """Note that the opening is over: what is measured from now on is measured of a platform that runs."""
        self.opening = (len(self.feed_to_price_s), len(self.bet_to_decision_s))

    @property
    def flagged(self) -> list[BettorRisk]:
        """Bettors that are flagged as sharp."""
        return [risk for risk in self.bettors.values() if risk.flagged]

    @property
    def suspected(self) -> list[BettorRisk]:
        """Bettors that are suspected of being sharp, or flagged."""
        return [risk for risk in self.bettors.values() if risk.suspected or risk.flagged]

    @property
    def open_markets(self) -> int:
        """Markets that take bets, both operators together."""
        return sum(price.suspended is None for price in self.offers.values())

    def worst_case(self, operator: str) -> int:
        """Return the sum of the operator's worst cases over events, minor units."""
        return sum(e.worst_case for (name, _), e in self.exposures.items() if name == operator)


class Observer:
    """Takes records as they come; give ``take`` to a ``streams.tail.Tail`` over ``topics``.

    Parameters
    ----------
    operators : sequence of str
        Whose prices to read.
    """

    def __init__(self, operators: Sequence[str]) -> None:
        self.seen = Seen()
        self._by_topic = {
            **{offered(operator).name: self._price for operator in operators},
            DECISIONS.name: self._decision,
            EXPOSURE.name: self._exposure,
            BETTORS.name: self._bettor,
            ALERTS.name: self._alert,
        }
        self.topics = (*self._by_topic, *(topic.dlq for topic in registry(operators)))

    def take(self, records: Sequence[PlainRecord]) -> None:
        """Take a batch of records."""
        now_us = time.time_ns() // 1000
        for record in records:
            if record.topic.endswith(DLQ_SUFFIX):
                reason = dict(record.headers).get("reason", b"").decode()
                self.seen.dead_letters[reason.partition(":")[0]] += 1
            elif record.value is not None:
                origin_us = micros(record, ORIGIN_AT)
                delay_s = None if origin_us is None else (now_us - origin_us) / 1e6
                try:
                    self._by_topic[record.topic](record.value, delay_s if _is_answer(record) else None)
                except ValidationError:
                    self.seen.dead_letters["unreadable_output"] += 1

    def _price(self, value: bytes, delay_s: float | None) -> None:
        price = OfferedPrice.model_validate_json(value)
        key = (price.operator, price.event_id, price.market)
        before = self.seen.offers.get(key)
        if before is not None and price.sequence <= before.sequence:
            return
        self.seen.offers[key] = price
        self.seen.moved.append(key)
        self.seen.prices += 1
        if price.suspended is not None and (before is None or before.suspended is None):
            self.seen.suspensions += 1
        if delay_s is not None:
            self.seen.feed_to_price_s.append(delay_s)

    def _decision(self, value: bytes, delay_s: float | None) -> None:
        decision = Decision.model_validate_json(value)
        key = (decision.operator, decision.bettor, decision.bet_id)
        if key in self.seen.decided:
            return
        self.seen.decided[key] = decision.decision
        self.seen.decisions[decision.decision] += 1
        self.seen.reasons.update(decision.reasons)
        if delay_s is not None:
            self.seen.bet_to_decision_s.append(delay_s)

    def _exposure(self, value: bytes, _: float | None) -> None:
        exposure = Exposure.model_validate_json(value)
        key = (exposure.operator, exposure.event_id)
        before = self.seen.exposures.get(key)
        if before is None or exposure.version > before.version:
            self.seen.exposures[key] = exposure

    def _bettor(self, value: bytes, _: float | None) -> None:
        risk = BettorRisk.model_validate_json(value)
        key = (risk.operator, risk.bettor)
        before = self.seen.bettors.get(key)
        if before is None or risk.version > before.version:
            self.seen.bettors[key] = risk

    def _alert(self, value: bytes, _: float | None) -> None:
        alert = Alert.model_validate_json(value)
        self.seen.alerts[alert.alert_id] = alert


def _is_answer(record: PlainRecord) -> bool:
    """Tell whether it answers what came in: a price that moves as quotes age or bets come does not."""
    if record.topic in (DECISIONS.name, EXPOSURE.name, BETTORS.name, ALERTS.name):
        return True
    return (header(record, TRACE) or b"").startswith(f"{QUOTES.name}/".encode())
