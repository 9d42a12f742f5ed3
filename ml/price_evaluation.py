"""Which de-vig method and which consensus is nearest to what happens, walk forward."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.arrays import Array, Mask
from domain.consensus import BookQuote, ConsensusConfig, consensus
from domain.devig import METHODS, devig
from domain.evaluation import Bin, Results, brier, divergence, log_loss, paired, reliability, rps
from domain.weights import ErrorMoments
from ml.price_tables import AGGREGATES, CLOSES, PriceTable

MIN_BOOKS = 4
COMMON = 0.9
"""A book that quotes this share of the matches is compared; the matches are those that all of these quote."""
BURN_IN = 500
"""Closed matches before weights are learned and judged."""
BLOCK_DAYS = 28
"""How long learned weights are used before they are learned anew."""
_WAYS = ("home", "draw", "away")
KEPT = 0.5 ** (BLOCK_DAYS / 730.0)
"""What two years ago showed of a book counts half."""
FLOOR = 0.01
"""Of a learned weight, as a share of the largest: a book can still speak when the others are silent."""


@dataclass(frozen=True, slots=True)
class Score:
    """Mean scores of one book's prices under one method."""

    n: int
    log_loss: float
    rps: float
    brier: float


def evaluate_devig(table: PriceTable) -> dict[str, dict[str, Score]]:
    """Return scores by method and code, each over all matches that the code has prices for."""
    scores: dict[str, dict[str, Score]] = {method: {} for method in METHODS}
    for code, odds in table.odds.items():
        quoted = table.quoted(code)
        results = table.results[quoted]
        for method, by_code in scores.items():
            p = devig(odds[quoted], method)
            by_code[code] = Score(
                len(results),
                float(log_loss(p, results).mean()),
                float(rps(p, results).mean()),
                float(brier(p, results).mean()),
            )
    return scores


@dataclass(frozen=True)
class ConsensusScores:
    """How the consensus does beside the books, their plain average and the close, on the same matches.

    Parameters
    ----------
    n : int
        Matches after the burn-in with four books and all of the compared ones.
    log_loss, kl_to_close : dict of str to float
        By ``consensus``, ``average``, ``close`` and code.
    against : dict of str to dict
        By how much the consensus's log loss exceeds each of theirs: ``difference`` (below zero the consensus
        is better), its paired standard error ``se``, and ``n``; a book that is not compared, on its matches.
    weights : dict of str to float
        As last learned.
    reliability : list of Bin
        Of the consensus: forecast against frequency, all outcomes together.
    """

    n: int
    log_loss: dict[str, float]
    kl_to_close: dict[str, float]
    against: dict[str, dict[str, float]]
    weights: dict[str, float]
    reliability: list[Bin]


def evaluate_consensus(table: PriceTable, method: str = "power") -> ConsensusScores:
    """Judge the consensus with weights that were learned on earlier matches only.

    Every 28 days the weights are learned anew on all matches that have closed before; they serve for the 28
    days that follow. Nothing learned elsewhere goes in: the first weights are equal.
    """
    books = table.books()
    close = closing(table, method)
    views = np.full((len(books), len(table), 3), np.nan)
    for place, code in enumerate(books):
        views[place] = devig(table.odds[code], method)
    quoting = ~np.isnan(views).any(axis=2)
    usable = (quoting.sum(axis=0) >= MIN_BOOKS) & ~np.isnan(close).any(axis=1)
    pooled, weights = _walk_forward(table, books, views, close, usable)
    judged = np.asarray(~np.isnan(pooled).any(axis=1))
    if not judged.any():
        return ConsensusScores(0, {}, {}, {}, weights, [])
    common = quoting[:, judged].mean(axis=1) >= COMMON
    average = np.full_like(close, np.nan)
    average[judged] = np.nanmean(views[:, judged], axis=0)
    everywhere = np.asarray(judged & quoting[common].all(axis=0))
    entries = {"consensus": pooled, "average": average, "close": close}
    entries |= {book: views[place] for place, book in enumerate(books) if common[place]}
    others = {book: views[place] for place, book in enumerate(books) if not common[place]}
    others |= {code: devig(table.odds[code], method) for code in sorted(AGGREGATES) if code in table.odds}
    return _scored(entries, others, everywhere, judged, close, table.results, weights)


def _scored(
    entries: dict[str, Array],
    others: dict[str, Array],
    everywhere: Mask,
    judged: Mask,
    close: Array,
    results: Results,
    weights: dict[str, float],
) -> ConsensusScores:
    pooled = entries["consensus"]
    against = {}
    for name, p in {**entries, **others}.items():
        both = everywhere if name in entries else judged & ~np.isnan(p).any(axis=1)
        if name != "consensus" and both.any():
            found = paired(log_loss(pooled[both], results[both]), log_loss(p[both], results[both]))
            against[name] = {"n": int(both.sum()), "difference": found.mean, "se": found.se}
    return ConsensusScores(
        int(everywhere.sum()),
        {name: float(log_loss(p[everywhere], results[everywhere]).mean()) for name, p in entries.items()},
        {
            name: float(divergence(close[everywhere], p[everywhere]).mean())
            for name, p in entries.items()
            if name != "close"
        },
        against,
        weights,
        reliability(pooled[everywhere], results[everywhere]),
    )


def closing(table: PriceTable, method: str) -> Array:
    """Return the closing probabilities of each match by the first of ``CLOSES`` that it has, else NaN."""
    close = np.full((len(table), 3), np.nan)
    for code in CLOSES:
        if code in table.odds:
            missing = np.isnan(close).any(axis=1)
            close[missing] = devig(table.odds[code][missing], method)
    return close


def _walk_forward(
    table: PriceTable, books: tuple[str, ...], views: Array, close: Array, usable: Mask
) -> tuple[Array, dict[str, float]]:
    """Return the consensus of every usable match after the burn-in, and the last weights."""
    pooled = np.full((len(table), 3), np.nan)
    moments = ErrorMoments(books)
    weights: dict[str, float] = {}
    closed = 0
    for block in blocks(table.dates, usable):
        if closed >= BURN_IN:
            quoting = [book for book, seen in zip(books, views, strict=True) if (seen[block, 0] > 0.0).any()]
            weights = moments.weights(quoting)
            config = ConsensusConfig(sharpness=scaled(weights), default_sharpness=10.0 * FLOOR)
            for match in block.tolist():
                result = consensus(_WAYS, _quotes(table, books, match), config)
                if result.probabilities:
                    pooled[match] = result.probabilities
        moments.forget(KEPT)
        moments.add(views[:, block], close[block])
        closed += len(block)
    return pooled, weights


def blocks(dates: npt.NDArray[np.datetime64], usable: Mask) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the places of usable matches, 28 days at a time; ``dates`` ascend."""
    places = np.flatnonzero(usable)
    if len(places):
        number = (dates[places] - dates[places[0]]).astype(np.int64) // BLOCK_DAYS
        for block in np.unique(number):
            yield places[number == block]


def scaled(weights: dict[str, float]) -> dict[str, float]:
    """Return learned weights as the sharpness of a consensus, 10 for the sharpest book."""
    most = max(weights.values(), default=1.0)
    return {book.lower(): 10.0 * max(weight / most, FLOOR) for book, weight in weights.items()}


def _quotes(table: PriceTable, books: tuple[str, ...], match: int) -> list[BookQuote]:
    quotes = []
    for book in books:
        prices = table.odds[book][match].tolist()
        if prices[0] == prices[0]:
            quotes.append(BookQuote(book, dict(zip(_WAYS, prices, strict=True)), 0.0))
    return quotes
