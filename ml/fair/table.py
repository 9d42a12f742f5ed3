"""Matches as arrays: features as of the quote, the consensus, what it moved to, and what came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.arrays import Array, Mask
from domain.evaluation import Results
from ml.fair.features import evidence, features
from ml.fair.form import Form
from ml.fair.history import History
from ml.fair.match import Market, Probabilities, Recorded

FOREVER_MS = 1 << 62
Single = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Table:
    """One row per match that was quoted before the close, in the order of the quotes.

    Parameters
    ----------
    names : tuple of str
        Of the features.
    features : ndarray of float32, shape (matches, features)
    evidence : ndarray, shape (matches,)
        How far a correction is to be trusted, 0 to 1.
    consensus, closing, close, average : ndarray, shape (matches, outcomes)
        Probabilities by outcome; NaN where unknown. ``closing`` is the last consensus, ``close`` the
        closing price that evaluation goes by.
    results : ndarray of int, shape (matches,)
        The place of the outcome that came; -1 where unknown.
    starts_ms : ndarray of int, shape (matches,)
    competitions : ndarray of str, shape (matches,)
    markets : list of Market
    """

    names: tuple[str, ...]
    features: Single
    evidence: Array
    consensus: Array
    closing: Array
    close: Array
    average: Array
    results: Results
    starts_ms: npt.NDArray[np.int64]
    competitions: npt.NDArray[np.str_]
    markets: Sequence[Market]

    def __len__(self) -> int:
        """Count the matches."""
        return len(self.results)

    def between(self, since_ms: int, until_ms: int) -> Mask:
        """Tell which matches start in a period."""
        return np.asarray((self.starts_ms >= since_ms) & (self.starts_ms < until_ms))


def table(matches: Iterable[Recorded], form: Form | None = None) -> Table:
    """Return matches as arrays, each seen as of its own quote.

    Parameters
    ----------
    matches : iterable of Recorded
        In any order, all of one market.
    form : Form, optional
        What earlier matches have left; it is carried on through all of ``matches``.
    """
    history = History(Form() if form is None else form)
    matches = list(matches)
    for match in matches:
        if match.closed is not None:
            history.add(match.closed)
    quoted = sorted((match for match in matches if match.market is not None), key=_when_quoted)
    markets = [match.market for match in quoted if match.market is not None]
    rows: list[list[float]] = []
    trust: list[float] = []
    names: tuple[str, ...] = ()
    upcoming = features(markets, history.form)
    for market in markets:
        as_of = history.as_of(market.as_of_ms)
        found = next(upcoming)
        names = names or tuple(found)
        rows.append(list(found.values()))
        trust.append(evidence(market, as_of))
    history.as_of(FOREVER_MS)
    return _arrays(names, rows, trust, quoted, markets)


def _arrays(
    names: tuple[str, ...],
    rows: list[list[float]],
    trust: list[float],
    quoted: list[Recorded],
    markets: list[Market],
) -> Table:
    size = len(markets[0].consensus) if markets else 3
    unknown = (np.nan,) * size
    closings = [_closing(match) for match in quoted]
    return Table(
        names,
        np.array(rows, dtype=np.float32).reshape(len(rows), len(names)),
        np.array(trust),
        np.array([market.consensus for market in markets]).reshape(-1, size),
        np.array([closing or unknown for closing in closings]).reshape(-1, size),
        np.array([match.close or unknown for match in quoted]).reshape(-1, size),
        np.array([match.average or unknown for match in quoted]).reshape(-1, size),
        np.array([_result(match) for match in quoted], dtype=np.int64),
        np.array([market.starts_at_ms for market in markets], dtype=np.int64),
        np.array([market.competition for market in markets], dtype=np.str_),
        markets,
    )


def _when_quoted(match: Recorded) -> tuple[int, int, str, str, str]:
    market = match.market
    assert market is not None
    return market.as_of_ms, market.starts_at_ms, market.competition, market.home, market.away


def _closing(match: Recorded) -> Probabilities | None:
    if match.closed is None or match.market is None:
        return None
    over = match.closed
    return {"1x2": over.closing, "ou:2.5": over.closing_total, "ml": over.closing_two}[match.market.name]


def _result(match: Recorded) -> int:
    over = match.closed
    if over is None or match.market is None:
        return -1
    if match.market.name == "ou:2.5":
        return 0 if over.home_score + over.away_score > 2 else 1
    last = len(match.market.consensus) - 1
    return 0 if over.home_score > over.away_score else last if over.home_score < over.away_score else 1
