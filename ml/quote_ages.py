"""What a quote is worth as it grows old, measured on a recording of many books.

Two things part a quote of age a from the market's present opinion: that books differ, and that the market has
moved since. As divergences they add up, so the quote deserves the weight d / (d + m(a)) beside a fresh one, d
being the mean divergence of a fresh quote from the consensus and m(a) that of the consensus from itself a
later.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from domain.arrays import Array
from domain.consensus.view import log_odds
from domain.devig import devig_one
from domain.markets import outcomes_of
from schemas import Fixture, Quote

SLOT_MS = 900_000
"""Quotes within a quarter of an hour are taken as made at once."""
LAGS_S = (900, 1800, 3600, 7200, 14_400, 28_800)
NEAR_S = 3 * 3600.0
MIN_BOOKS = 5


@dataclass(frozen=True)
class AgeStudy:
    """How books differ and how the market moves.

    Parameters
    ----------
    disagreement : float
        Mean divergence of a book's fresh quote from the mean of all.
    moves : dict of str to dict of int to float
        ``near`` (within three hours of the start) and ``far``: mean divergence by seconds between.
    quotes : int
        How many it rests on.
    """

    disagreement: float
    moves: dict[str, dict[int, float]]
    quotes: int

    def weights(self, when: str) -> dict[int, float]:
        """Return what a quote weighs beside a fresh one, by its age in seconds."""
        return {lag: self.disagreement / (self.disagreement + move) for lag, move in self.moves[when].items()}


def study_ages(messages: Iterable[Fixture | Quote], market: str = "1x2") -> AgeStudy:
    """Return the study of one market of all events in a recording, before the start."""
    starts: dict[str, int] = {}
    slots: dict[str, dict[int, dict[str, Quote]]] = defaultdict(lambda: defaultdict(dict))
    for message in messages:
        if isinstance(message, Fixture):
            starts[message.event_id] = message.starts_at_ms
        elif message.market == market and message.prices and message.event_time_ms < starts[message.event_id]:
            slots[message.event_id][message.event_time_ms // SLOT_MS][message.book] = message
    apart: list[float] = []
    moved: dict[tuple[str, int], list[float]] = defaultdict(list)
    for event_id, by_slot in slots.items():
        means: dict[int, Array] = {}
        for slot, quotes in sorted(by_slot.items()):
            views = [_view(quote) for quote in quotes.values()]
            if len(views) >= MIN_BOOKS:
                means[slot] = np.mean(views, axis=0)
                apart += [_divergence(view, means[slot]) for view in views]
        for slot, mean in means.items():
            for lag in LAGS_S:
                later = means.get(slot + lag * 1000 // SLOT_MS)
                if later is not None:
                    left_s = (starts[event_id] - slot * SLOT_MS) / 1000 - lag
                    moved["near" if left_s < NEAR_S else "far", lag].append(_divergence(mean, later))
    moves = {
        when: {lag: float(np.mean(moved[when, lag])) for lag in LAGS_S if moved[when, lag]}
        for when in ("near", "far")
    }
    return AgeStudy(float(np.mean(apart)) if apart else float("nan"), moves, len(apart))


def _view(quote: Quote) -> Array:
    prices = [quote.prices[outcome] for outcome in outcomes_of(quote.market, [quote.prices])]
    return np.array(log_odds(devig_one(prices)))


def _divergence(view: Array, other: Array) -> float:
    p = 1.0 / (1.0 + np.exp(-other))
    return float(0.5 * (p * (1.0 - p) ** 2 * (view - other) ** 2).sum())
