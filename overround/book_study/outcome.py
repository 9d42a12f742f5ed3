"""What came of a play: decisions by reason, handle, hold, worst case, the tail, and what each rule saved.

Hold is what the book keeps of the handle on average, by the fair probabilities at the close: 1 - sum(payout x
probability) / sum(stake). It does not depend on which of the matches went well. Where the bets say how they
ended, the hold that came of it is given beside it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from domain.markets import type_of
from domain.risk import Hedge, Lottery, Position, Tail, Venue, hedge, lotteries, tail
from domain.states import compile_measure
from domain.states.families import FAMILIES
from domain.states.settlement import RULES
from overround.book_study.play import Play
from schemas import Decision

Closes = Mapping[tuple[str, str], Mapping[str, float]]
"""By event and market: fair probabilities at the close, by outcome."""

PAIRS = 10_000
HEDGED = 3
MOST_ELSEWHERE = 1_000_000
"""The largest bet elsewhere, minor units."""


@dataclass(frozen=True)
class Outcome:
    """What came of one play; money in minor units.

    Parameters
    ----------
    decisions, reasons : Counter of str
        By decision, and by the first rule that did not pass.
    handle, asked : int
        Stakes taken, and asked for.
    hold : float or None
        Share of the handle that the book keeps, by the closing probabilities.
    settled_hold : float or None
        The share that it kept, where the bets say how they ended.
    worst : list of (int, int)
        Worst case over event time.
    tail : Tail
        Of all that was taken, none of it settled.
    target, realised : float
        Mean overround that was aimed at, and that was offered.
    saved : dict of str to int
        By rule: what the bets that it stopped would have won of the book, by the closing probabilities.
    hedges : dict of str to Hedge
        For the events that may cost most: what to bet elsewhere at the last quotes.
    """

    decisions: Counter[str]
    reasons: Counter[str]
    handle: int
    asked: int
    hold: float | None
    settled_hold: float | None
    worst: list[tuple[int, int]]
    tail: Tail
    target: float
    realised: float
    saved: dict[str, int]
    hedges: dict[str, Hedge]

    @property
    def worst_case(self) -> int:
        """The largest worst case of all times."""
        return max((worst for _, worst in self.worst), default=0)


def outcome_of(
    play: Play, closes: Closes, sport: str = "soccer", won: Mapping[str, bool | None] | None = None
) -> Outcome:
    """Return what came of a play.

    Parameters
    ----------
    won : mapping of str to bool or None, optional
        By bet id, how it ended, where that is known.
    """
    taken = [decision for decision in play.decisions if decision.decision == "accepted"]
    saved: dict[str, float] = defaultdict(float)
    for decision in play.decisions:
        edge = _edge(decision, closes)
        if decision.reasons and edge is not None:
            # What would have been taken of it in its place is no loss avoided.
            saved[decision.reasons[0]] += edge * (decision.requested_stake - decision.stake)
    count = max(1, len(play.margins))
    return Outcome(
        decisions=Counter(decision.decision for decision in play.decisions),
        reasons=Counter(decision.reasons[0] for decision in play.decisions if decision.reasons),
        handle=sum(decision.stake for decision in taken),
        asked=sum(decision.requested_stake for decision in play.decisions),
        hold=_hold(taken, closes),
        settled_hold=_settled(taken, won or {}),
        worst=play.worst,
        tail=tail(_portfolio(taken, closes, sport), pairs=PAIRS),
        target=sum(target for target, _ in play.margins) / count,
        realised=sum(realised for _, realised in play.margins) / count,
        hedges=_hedges(taken, play, closes, sport),
        saved={rule: round(sum_) for rule, sum_ in sorted(saved.items())},
    )


def _edge(decision: Decision, closes: Closes) -> float | None:
    """Return the bettor's expected profit per unit at the price asked for, None without a close."""
    probability = closes.get((decision.event_id, decision.market), {}).get(decision.outcome)
    return None if probability is None else decision.requested_price * probability - 1.0


def _hold(taken: list[Decision], closes: Closes) -> float | None:
    stakes = kept = 0.0
    for decision in taken:
        probability = closes.get((decision.event_id, decision.market), {}).get(decision.outcome)
        if probability is not None:
            stakes += decision.stake
            kept += decision.stake - decision.payout * probability
    return kept / stakes if stakes else None


def _settled(taken: list[Decision], won: Mapping[str, bool | None]) -> float | None:
    stakes = kept = 0
    for decision in taken:
        ended = won.get(decision.bet_id)
        if ended is not None:
            stakes += decision.stake
            kept += decision.stake - (decision.payout if ended else 0)
    return kept / stakes if stakes else None


def _positions(taken: list[Decision]) -> dict[str, Position]:
    positions: dict[str, Position] = defaultdict(Position)
    for decision in taken:
        positions[decision.event_id].take(decision.market, decision.outcome, decision.stake, decision.payout)
    return dict(sorted(positions.items()))


def _hedges(taken: list[Decision], play: Play, closes: Closes, sport: str) -> dict[str, Hedge]:
    if sport not in FAMILIES:
        return {}
    space = FAMILIES[sport].space
    profits = {event_id: position.by_state(space) for event_id, position in _positions(taken).items()}
    best, found = sorted(play.best.items()), {}
    for event_id in sorted(profits, key=lambda event_id: (float(profits[event_id].min()), event_id))[:HEDGED]:
        venues = [
            Venue(book, market, outcome, price, MOST_ELSEWHERE)
            for (event, market, outcome), (price, book) in best
            if event == event_id and type_of(market) in RULES
        ]
        fair = {market: its for (event, market), its in closes.items() if event == event_id}
        measure = compile_measure(sport, fair) if fair else None
        if measure is not None:
            found[event_id] = hedge(profits[event_id], space, venues, measure.p)
    return found


def _portfolio(taken: list[Decision], closes: Closes, sport: str) -> list[Lottery]:
    found = []
    for event_id, position in _positions(taken).items():
        fair = {market: its for (event, market), its in closes.items() if event == event_id}
        measure = compile_measure(sport, fair) if sport in FAMILIES and fair else None
        found += lotteries(position, measure, fair)
    return found
