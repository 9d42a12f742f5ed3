"""The newest walk-forward window of a candidate, kept beside it so that the gate can be passed again."""

from dataclasses import dataclass, fields
from io import BytesIO
from typing import Self

import numpy as np
import numpy.typing as npt

from domain.arrays import Array, Mask
from domain.evaluation import Results
from ml.fair.gate import MIN_MATCHES, Verdict, gate
from ml.fair.model import FairModel
from ml.fair.table import Single, Table


@dataclass(frozen=True)
class Window:
    """Matches that the candidate's walk-forward model has not learned from.

    Parameters
    ----------
    matches : ndarray of str, shape (matches,)
        Which they are: competition, home and kick-off.
    names : ndarray of str, shape (features,)
    candidate : ndarray, shape (matches, 3)
        The walk-forward probabilities.
    """

    matches: npt.NDArray[np.str_]
    starts_ms: npt.NDArray[np.int64]
    names: npt.NDArray[np.str_]
    features: Single
    evidence: Array
    consensus: Array
    close: Array
    results: Results
    candidate: Array

    def dump(self) -> bytes:
        """Return the arrays as an npz file; the same arrays give the same bytes."""
        packed = BytesIO()
        np.savez_compressed(packed, **{each.name: getattr(self, each.name) for each in fields(self)})
        return packed.getvalue()

    @classmethod
    def load(cls, source: BytesIO) -> Self:
        """Return the window of a file."""
        with np.load(source, allow_pickle=False) as found:
            return cls(**{each.name: found[each.name] for each in fields(cls)})


def window(table: Table, candidate: Array, chosen: Mask) -> Window:
    """Return the chosen matches that have a walk-forward price, a result, and a close where any has one."""
    kept = chosen & (table.results >= 0) & ~np.isnan(candidate).any(axis=1)
    closes = ~np.isnan(table.close).any(axis=1)
    if (kept & closes).any():
        kept = kept & closes
    places = np.flatnonzero(kept).tolist()
    keys = [f"{table.competitions[i]}|{table.markets[i].home}|{table.starts_ms[i]}" for i in places]
    return Window(
        np.array(keys, dtype=np.str_),
        table.starts_ms[kept],
        np.array(table.names, dtype=np.str_),
        table.features[kept],
        table.evidence[kept],
        table.consensus[kept].astype(np.float32).astype(np.float64),
        table.close[kept].astype(np.float32).astype(np.float64),
        table.results[kept].astype(np.int8).astype(np.int64),
        candidate[kept].astype(np.float32).astype(np.float64),
    )


def judge(candidate: Window, champion: FairModel | None = None, known: Window | None = None) -> Verdict:
    """Pass a candidate through the gate.

    Parameters
    ----------
    champion : FairModel, optional
        Its probabilities count where it has not learned from the match.
    known : Window, optional
        The champion's own window: what its walk-forward model said counts for the other matches.
    """
    alone = gate(candidate.candidate, candidate.consensus, candidate.close, candidate.results)
    if champion is None:
        return alone
    other = _unseen(candidate, champion, known)
    both = ~np.isnan(other).any(axis=1)
    if both.sum() < MIN_MATCHES:
        few = f"{both.sum()} matches that it has priced without having learned from them are too few"
        refusal = f"cannot be held against the champion: {few}"
        return Verdict(alone.n, (*alone.refusals, refusal), alone.intervals)
    beside = gate(
        candidate.candidate[both],
        candidate.consensus[both],
        candidate.close[both],
        candidate.results[both],
        other[both],
    )
    against = tuple(refusal for refusal in beside.refusals if "champion" in refusal)
    return Verdict(alone.n, (*alone.refusals, *against), {**beside.intervals, **alone.intervals})


def _unseen(candidate: Window, champion: FairModel, known: Window | None) -> Array:
    """Return what the champion says of the candidate's window without having learned from it; NaN else."""
    said = np.full_like(candidate.consensus, np.nan)
    fresh = candidate.starts_ms >= int(champion.card["until_ms"])
    places = {name: place for place, name in enumerate(candidate.names.tolist())}
    if fresh.any() and set(champion.card["features"]) <= places.keys():
        columns = [places[name] for name in champion.card["features"]]
        rows = np.ascontiguousarray(candidate.features[fresh][:, columns])
        said[fresh] = champion.corrected(rows, candidate.consensus[fresh], candidate.evidence[fresh])
    if known is not None:
        before = dict(zip(known.matches.tolist(), known.candidate, strict=True))
        for place, match in enumerate(candidate.matches.tolist()):
            if not fresh[place] and match in before:
                said[place] = before[match]
    return said
