"""How good fair probabilities are, beside the consensus, the average, each book and the close."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from domain.arrays import Array, Mask
from domain.devig import devig
from domain.evaluation import brier, divergence, log_loss, paired, rps
from ml.fair.table import Table

COMMON = 0.5
"""A book is scored if it quotes this share of the matches, on the matches that it quotes."""
MIN_DIVISION = 30
"""Matches below which a division is not listed."""


def scores(table: Table, model: Array, chosen: Mask) -> dict[str, Any]:
    """Return the scores of a model's probabilities.

    Parameters
    ----------
    table : Table
    model : ndarray, shape (matches, 3)
        NaN where it does not price.
    chosen : ndarray of bool, shape (matches,)
        The matches to judge; of these, those with a model price, average, close and result are.

    Returns
    -------
    dict
        ``n``; ``log_loss``, ``rps``, ``brier``, ``kl_to_close`` by ``model``, ``consensus``, ``average``,
        ``close`` and book, without the close where no match has one; ``paired_se`` of the differences in log
        loss ``model-average`` and ``model-consensus``; ``n_books``, how many of the matches each book quotes;
        ``divisions``, the same by division without the books.
    """
    entries = {"model": model, "consensus": table.consensus, "average": table.average, "close": table.close}
    if np.isnan(table.close).all():
        del entries["close"]
    judged = chosen & (table.results >= 0)
    for probabilities in entries.values():
        judged = judged & ~np.isnan(probabilities).any(axis=1)
    found = _scored(table, entries, judged)
    if found["n"]:
        _add_books(found, table, judged)
    found["divisions"] = {
        str(division): _scored(table, entries, judged & (table.competitions == division))
        for division in np.unique(table.competitions[judged])
        if (judged & (table.competitions == division)).sum() >= MIN_DIVISION
    }
    return found


def _scored(table: Table, entries: Mapping[str, Array], judged: Mask) -> dict[str, Any]:
    n = int(judged.sum())
    if not n:
        return {"n": 0, "log_loss": {}, "rps": {}, "brier": {}, "kl_to_close": {}, "paired_se": {}}
    results, close = table.results[judged], table.close[judged]
    here = {name: probabilities[judged] for name, probabilities in entries.items()}
    losses = {name: log_loss(p, results) for name, p in here.items()}
    return {
        "n": n,
        "log_loss": {name: float(loss.mean()) for name, loss in losses.items()},
        "rps": {name: float(rps(p, results).mean()) for name, p in here.items()},
        "brier": {name: float(brier(p, results).mean()) for name, p in here.items()},
        "kl_to_close": {
            name: float(divergence(close, p).mean())
            for name, p in here.items()
            if name != "close" and "close" in here
        },
        "paired_se": {
            f"model-{name}": paired(losses["model"], losses[name]).se for name in here if name != "model"
        },
    }


def _add_books(found: dict[str, Any], table: Table, judged: Mask) -> None:
    places = np.flatnonzero(judged).tolist()
    names = sorted({book for place in places for book in table.markets[place].books})
    found["n_books"] = {}
    for name in names:
        quoted = [place for place in places if name in table.markets[place].books]
        if len(quoted) < COMMON * len(places):
            continue
        p = devig(np.array([table.markets[place].books[name] for place in quoted]))
        results = table.results[quoted]
        found["n_books"][name] = len(quoted)
        found["log_loss"][name] = float(log_loss(p, results).mean())
        found["rps"][name] = float(rps(p, results).mean())
        found["brier"][name] = float(brier(p, results).mean())
        if found["kl_to_close"]:
            found["kl_to_close"][name] = float(divergence(table.close[quoted], p).mean())
