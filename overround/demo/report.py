"""What the demo came to: one JSON object, or a few lines for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from domain.sharps import LEAST_BETS
from overround.demo.observer import Seen

HARMLESS = frozenset({"square", "vip_square", "bonus_abuser"})
"""Classes of synthetic bettors that do not beat the close."""


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds; empty where nothing was measured."""
    if not seconds:
        return {}
    p50, p95, p99 = np.percentile(np.asarray(seconds), [50, 95, 99]) * 1000
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "p99": round(float(p99), 2)}


def report(
    seen: Seen,
    *,
    quotes: int,
    bets: int,
    elapsed_s: float,
    rows: Mapping[str, int],
    disagreements: Sequence[str],
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the figures of a run.

    Parameters
    ----------
    quotes, bets : int
        Sent by the demo.
    elapsed_s : float
        How long quotes were played.
    rows : mapping
        Rows in PostgreSQL by table.
    disagreements : sequence of str
        Where the books do not agree; none: reconciled.
    labels : mapping of str to str, optional
        The class of each synthetic bettor, by name.
    """
    operators = sorted({operator for operator, _ in seen.exposures})
    alerts = [alert.kind for alert in seen.alerts.values()]
    return {
        "quotes": quotes,
        "quotes_per_s": round(quotes / elapsed_s, 1) if elapsed_s else 0.0,
        "prices": seen.prices,
        "bets": bets,
        "bets_per_s": round(bets / elapsed_s, 1) if elapsed_s else 0.0,
        "decisions": {**dict(sorted(seen.decisions.items())), "reasons": dict(seen.reasons.most_common())},
        "flagged": len(seen.flagged),
        "suspected": len(seen.suspected),
        "sharps": sharps(seen, labels or {}),
        "arbitrage": alerts.count("arbitrage") + alerts.count("own_arbitrage"),
        "suspensions": seen.suspensions,
        "dead_letters": dict(seen.dead_letters),
        "feed_to_price_ms": milliseconds(seen.feed_to_price_s),
        "bet_to_decision_ms": milliseconds(seen.bet_to_decision_s),
        "after_opening": {
            "feed_to_price_ms": milliseconds(seen.feed_to_price_s[seen.opening[0] :]),
            "bet_to_decision_ms": milliseconds(seen.bet_to_decision_s[seen.opening[1] :]),
        },
        "exposure": {operator: exposure(seen, operator) for operator in operators},
        "rows": dict(rows),
        "reconciled": not disagreements,
        "disagreements": list(disagreements),
    }


def sharps(seen: Seen, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return how well those who are suspected are the sharps, by the population's labels.

    Of the bettors of whom something is known: ``precision`` is the share of sharps among the suspected,
    ``recall`` the share of the suspected among sharps with five bets or more.
    """
    known = {risk.bettor: risk for risk in seen.bettors.values() if risk.bettor in labels}
    suspected = {risk.bettor for risk in seen.suspected if risk.bettor in labels}
    sharp = {bettor for bettor in known if labels[bettor] not in HARMLESS}
    enough = {bettor for bettor in sharp if known[bettor].bets >= LEAST_BETS}
    by_class = Counter(labels[bettor] for bettor in suspected)
    return {
        "known": len(known),
        "precision": round(len(suspected & sharp) / len(suspected), 3) if suspected else None,
        "recall": round(len(suspected & enough) / len(enough), 3) if enough else None,
        "sharps_with_enough_bets": len(enough),
        "suspected_by_class": dict(sorted(by_class.items())),
    }


def exposure(seen: Seen, operator: str) -> dict[str, int]:
    """Return an operator's exposure over all events, minor units."""
    books = [book for (owner, _), book in seen.exposures.items() if owner == operator]
    return {
        "events": len(books),
        "bets": sum(book.bets for book in books),
        "stakes": sum(market.stakes for book in books for market in book.markets.values()),
        "worst_case": sum(book.worst_case for book in books),
    }
