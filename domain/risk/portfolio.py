"""All open bets of an operator: the tail over all events, and what would hedge the worst of them.

Bets on one event are the position of that event. Of bets on several, each line is drawn across its events,
the largest first; lines beyond a number count as what they carry to each event, and bets each-way as what
their books hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from domain.arrays import Array
from domain.bets.kinds import lines_of
from domain.book import price_units
from domain.risk.accumulators import Drawn, returns_of
from domain.risk.hedge import Hedge, Venue, hedge
from domain.risk.position import SCORED, Held, Lottery, Position, named_lotteries
from domain.risk.tail import Tail, tail
from domain.settlement.payouts import factor
from domain.states.measure import Measure
from domain.states.settlement import payoff
from schemas import Decision, Settlement

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bet on several events: what it has at stake now, and its open legs.

    Parameters
    ----------
    stake : float
        The line's stake times what its graded legs have returned, minor units.
    legs : tuple of (event, market, outcome, decimal odds)
    """

    stake: float
    legs: tuple[tuple[str, str, str, float], ...]


@dataclass(slots=True)
class OpenEvent:
    """An event with open bets.

    Parameters
    ----------
    position : Position
        Bets on this event alone.
    measure : Measure or None
        Over its final scores.
    fair : mapping of str to mapping of str to float
        Probabilities by market and outcome.
    """

    position: Position = field(default_factory=Position)
    measure: Measure | None = None
    fair: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def counts_as_held(decision: Decision) -> bool:
    """Tell whether a bet with legs counts as what its events' books hold: each-way, or on one event."""
    return decision.each_way or len({leg.event_id for leg in decision.legs}) == 1


def lines_of_open(decision: Decision, settlement: Settlement | None) -> list[Line]:
    """Return the lines of an accepted bet that are still open; none of one that ``counts_as_held``."""
    if counts_as_held(decision):
        return []
    grades = [None] * len(decision.legs) if settlement is None else [leg.grade for leg in settlement.legs]
    lines = lines_of(decision.kind, len(decision.legs))
    unit = decision.stake // len(lines)
    found = []
    for line in lines:
        stake, legs = Fraction(unit), []
        for index in line:
            leg, grade = decision.legs[index], grades[index]
            if grade is None:
                legs.append((leg.event_id, leg.market, leg.outcome, leg.price))
            else:
                stake *= Fraction(*factor(price_units(leg.price), grade))
        if legs and stake > 0:
            found.append(Line(float(stake), tuple(legs)))
    return found


def portfolio_tail(
    events: Mapping[str, OpenEvent], lines: Sequence[Line], pairs: int = 10_000, seed: int = 1
) -> tuple[Tail, int]:
    """Return the tail over all events, and how many lines were drawn across them.

    The rest of the lines are taken into ``events`` as the singles that they carry.

    Parameters
    ----------
    pairs, seed : int
        As ``domain.risk.tail`` takes them.
    """
    drawn: list[Line] = []
    for line in sorted(lines, key=lambda each: -each.stake):
        if len(drawn) < MOST_LINES and all(leg[0] in events for leg in line.legs):
            drawn.append(line)
            for event_id, market, outcome, _ in line.legs:
                events[event_id].position.held.setdefault((market, outcome), Held())
        else:
            carry(events, line)
    lotteries: list[Lottery] = []
    places: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    for name, event in sorted(events.items()):
        for market, (lottery, outcomes) in named_lotteries(event.position, event.measure, event.fair).items():
            places[name, market] = len(lotteries), outcomes
            lotteries.append(lottery)
    accumulators = []
    for line in drawn:
        legs = [_drawn(events, places, leg) for leg in line.legs]
        accumulators.append((max(1, round(line.stake)), legs))
    return tail(lotteries, accumulators, pairs, seed), len(drawn)


def carry(events: Mapping[str, OpenEvent], line: Line) -> None:
    """Take a line into its events' positions, as a single of its stake on each."""
    for event_id, market, outcome, price in line.legs:
        if event_id in events:
            events[event_id].position.take_at(market, outcome, round(line.stake), price)


def event_hedge(event: OpenEvent, venues: Iterable[Venue]) -> Hedge | None:
    """Return what would hedge an event; None where it has no measure, or loses in no score."""
    if event.measure is None:
        return None
    profits = event.position.by_state(event.measure.space)
    if profits.min() >= 0.0:
        return None
    return hedge(profits, event.measure.space, list(venues), event.measure.p)


def _drawn(
    events: Mapping[str, OpenEvent],
    places: Mapping[tuple[str, str], tuple[int, tuple[str, ...]]],
    leg: tuple[str, str, str, float],
) -> Drawn:
    event_id, market, outcome, price = leg
    measure = events[event_id].measure
    found = places.get((event_id, market))
    if found is None and measure is not None:
        win, refund = payoff(measure.space, market, outcome)
        return Drawn(places[event_id, SCORED][0], returns_of(win, refund, price))
    assert found is not None
    wins: Array = np.array([price if name == outcome else 0.0 for name in found[1]])
    return Drawn(found[0], wins)
