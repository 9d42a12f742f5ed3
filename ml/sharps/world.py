"""Recorded odds as a world that bettors bet in: offers, and what may be known of them, instant by instant.

A recording of matches has two snapshots: some time before the start, and the close. Between them the fair
probabilities go along a bridge (straight in logarithms, with noise that vanishes at both ends), and the
bookmaker follows one step late: that is made up, the ends are real. In play, goals are signals with the
likelihoods below, drawn by how the match ended, so that probabilities stay a martingale; the bookmaker's
prices stand for one step after a signal. The close of a bet in play is the probability after that step.

Within each step the price moves at an instant of its own, and who races bets just before it. That sharps do
so with a share of their bets, and how much the crowd prefers the great leagues, are assumptions, like all
else that ``domain.population.classes`` says of bettors.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, log
from random import Random
from typing import NamedTuple

from domain.population import Knowledge, Offer
from domain.sharps import usual_gap_ms

STEPS = 12
STEP_MS = 3_600_000
IN_PLAY_STEPS = 4
IN_PLAY_STEP_MS = 1_200_000
BRIDGE_SD = 0.03
IN_PLAY_OVERROUND = 1.07
DAY_MS = 86_400_000

CROWD: Mapping[str, float] = {
    "E0": 12.0,
    "SP1": 7.0,
    "I1": 6.0,
    "D1": 6.0,
    "F1": 4.0,
    "E1": 3.0,
    "N1": 2.0,
    "P1": 2.0,
    "T1": 2.0,
    "SC0": 2.0,
}
"""How much of the crowd looks at a match, by division of football-data.co.uk; 1 for all others. Made up."""

SIGNALS: Mapping[str, Mapping[str, float]] = {
    "home_goal": {"home": 0.5, "draw": 0.3, "away": 0.2},
    "away_goal": {"home": 0.15, "draw": 0.25, "away": 0.4},
    "nothing": {"home": 0.35, "draw": 0.45, "away": 0.4},
}
"""Likelihood of what happens in one step of play, by how the match ends."""


@dataclass(frozen=True, slots=True)
class RecordedMarket:
    """One market of one match; all mappings by outcome.

    Parameters
    ----------
    prices : mapping
        What a bookmaker asked at the first snapshot.
    best : mapping
        The best price in the market then.
    fair, close : mapping
        Fair probabilities at the first snapshot, and at the close.
    winner : str
        The outcome that came.
    """

    market: str
    prices: Mapping[str, float]
    best: Mapping[str, float]
    fair: Mapping[str, float]
    close: Mapping[str, float]
    winner: str


@dataclass(frozen=True, slots=True)
class RecordedMatch:
    """One match with its markets."""

    event: str
    kick_off_ms: int
    markets: tuple[RecordedMarket, ...]
    competition: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """An offer with what will be known later.

    Parameters
    ----------
    close : mapping
        What a bet on the offer will be measured by.
    moves_ms : tuple of int
        When the fair price moves, from the step before to the one after: followers come a little later.
    usual_gap_ms : int or None
        The mean time between its moves so far.
    """

    offer: Offer
    close: Mapping[str, float]
    winner: str
    in_play: bool
    competition: str = ""
    moves_ms: tuple[int, ...] = ()
    usual_gap_ms: int | None = None


Instant = tuple[int, int, list[Standing]]
"""A UTC time in milliseconds, how long it lasts, and what stands then."""


def instants(matches: Iterable[RecordedMatch], operator: str, seed: int) -> Iterator[Instant]:
    """Yield what an operator offers, step by step, in order of time.

    Parameters
    ----------
    matches : iterable of RecordedMatch
        Sorted by kick-off. Each day's matches are bet on in the twelve hours before the day's end and, after
        that, in play.
    """
    rng = Random(seed)
    for day, of_day in groupby(matches, lambda match: match.kick_off_ms // DAY_MS):
        today = list(of_day)
        start_ms = day * DAY_MS
        paths = [
            _Path(m, market, _bridge(market, rng), _moves(start_ms, rng))
            for m in today
            for market in m.markets
        ]
        for step in range(STEPS):
            now_ms = start_ms + step * STEP_MS
            yield now_ms, STEP_MS, [_before(path, step, now_ms, operator) for path in paths]
        yield from _in_play(today, operator, start_ms + STEPS * STEP_MS, rng)


def _bridge(market: RecordedMarket, rng: Random) -> list[dict[str, float]]:
    """Return the fair probabilities at each step."""
    path = []
    for step in range(STEPS):
        share = step / STEPS
        noise = BRIDGE_SD * (share * (1 - share)) ** 0.5
        path.append(
            _normal(
                {
                    name: exp((1 - share) * log(p) + share * log(market.close[name]) + rng.gauss(0, noise))
                    for name, p in market.fair.items()
                }
            )
        )
    return path


def _normal(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


class _Path(NamedTuple):
    """A market until the start: its fair probabilities at each step, and when in each step they move."""

    match: RecordedMatch
    market: RecordedMarket
    fair: list[dict[str, float]]
    moves_ms: list[int]


def _moves(start_ms: int, rng: Random) -> list[int]:
    """Return an instant in each step."""
    return [start_ms + int((step + rng.random()) * STEP_MS) for step in range(STEPS)]


def _before(path: _Path, step: int, now_ms: int, operator: str) -> Standing:
    match, market = path.match, path.market
    now, late = path.fair[step], path.fair[max(0, step - 1)]
    knowledge = Knowledge(
        fair=now,
        close=market.close,
        moved={name: log(now[name] / late[name]) for name in now},
        rivals={name: _follow(price, market.fair[name], now[name]) for name, price in market.best.items()},
        moves_after_ms=path.moves_ms[step] - now_ms,
    )
    prices = {name: _follow(price, market.fair[name], late[name]) for name, price in market.prices.items()}
    crowd = CROWD.get(match.competition, 1.0)
    offer = Offer(operator, match.event, market.market, prices, step + 1, knowledge, crowd)
    return Standing(
        offer,
        market.close,
        market.winner,
        in_play=False,
        competition=match.competition,
        moves_ms=tuple(path.moves_ms[max(0, step - 1) : step + 2]),
        usual_gap_ms=usual_gap_ms(path.moves_ms[:step]),
    )


def _follow(price: float, then: float, now: float) -> float:
    return max(1.01, round(price * then / now, 2))


def _in_play(
    matches: Sequence[RecordedMatch], operator: str, start_ms: int, rng: Random
) -> Iterator[tuple[int, int, list[Standing]]]:
    live = [
        (m, market) for m in matches for market in m.markets if set(market.close) == set(SIGNALS["nothing"])
    ]
    standing = {m.event: dict(market.close) for m, market in live}
    moves = {
        m.event: [start_ms + int((step + rng.random()) * IN_PLAY_STEP_MS) for step in range(IN_PLAY_STEPS)]
        for m, _ in live
    }
    for step in range(IN_PLAY_STEPS):
        now_ms = start_ms + step * IN_PLAY_STEP_MS
        offers = []
        for m, market in live:
            before = standing[m.event]
            likely = [signal[market.winner] for signal in SIGNALS.values()]
            (seen,) = rng.choices(list(SIGNALS.values()), likely)
            after = _normal({name: p * seen[name] for name, p in before.items()})
            prices = {name: max(1.01, round(1 / (p * IN_PLAY_OVERROUND), 2)) for name, p in before.items()}
            reacts = moves[m.event]
            knowledge = Knowledge(soon=after, moves_after_ms=reacts[step] - now_ms)
            crowd = CROWD.get(m.competition, 1.0)
            offer = Offer(operator, m.event, market.market, prices, STEPS + step + 1, knowledge, crowd)
            offers.append(
                Standing(
                    offer,
                    after,
                    market.winner,
                    in_play=True,
                    competition=m.competition,
                    moves_ms=tuple(reacts[max(0, step - 1) : step + 2]),
                    usual_gap_ms=IN_PLAY_STEP_MS,
                )
            )
            standing[m.event] = after
        yield now_ms, IN_PLAY_STEP_MS, offers
