"""Whether a candidate may price: it must beat the consensus, and not lose to the champion.

Judged on matches that neither has learned from, by the divergence from the close, which is far less noisy
than results; the log loss on results is looked at too, and refuses what is clearly worse there. Where no
close is known (tennis), the results have to show that the consensus is beaten.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.arrays import Array
from domain.evaluation import Results, divergence, log_loss

DRAWS = 2000
LEVEL = 0.95
MIN_MATCHES = 300


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference with its bootstrap interval; below zero the candidate is the better.

    Parameters
    ----------
    mean, low, high : float
        Of the candidate's score less the other's.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Parameters
    ----------
    refusals : tuple of str
        Why the candidate may not price, with by how much; empty when it may.
    intervals : dict of str to Interval
        By ``divergence-consensus``, ``log_loss-consensus`` and the same with ``champion``.
    """

    n: int
    refusals: tuple[str, ...]
    intervals: dict[str, Interval]

    @property
    def passed(self) -> bool:
        """Tell whether the candidate may price."""
        return not self.refusals


def interval(first: Array, second: Array, seed: int = 0) -> Interval:
    """Return by how much ``first`` exceeds ``second``, match by match, with a paired bootstrap interval."""
    differences = first - second
    random = np.random.default_rng(seed)
    n = len(differences)
    means = np.array([differences[random.integers(0, n, n)].mean() for _ in range(DRAWS)])
    low, high = np.quantile(means, [0.5 * (1.0 - LEVEL), 0.5 * (1.0 + LEVEL)])
    return Interval(float(differences.mean()), float(low), float(high))


def gate(
    candidate: Array, consensus: Array, close: Array, results: Results, champion: Array | None = None
) -> Verdict:
    """Judge a candidate's probabilities, shape (matches, 3), on the matches of one window.

    Parameters
    ----------
    champion : ndarray, optional
        The champion's probabilities of the same matches; None where there is no champion.
    close : ndarray
        NaN where no close is known: then the results have to show that the consensus is beaten.
    """
    n = len(candidate)
    if n < MIN_MATCHES:
        return Verdict(
            n, (f"cannot be judged: {n} matches in the window are too few, it takes {MIN_MATCHES}",), {}
        )
    closes = not np.isnan(close).any()
    found: dict[str, Interval] = {}
    refusals: list[str] = []
    for name, other in (("consensus", consensus), ("champion", champion)):
        if other is None:
            continue
        loss = interval(log_loss(candidate, results), log_loss(other, results))
        if closes:
            near = interval(divergence(close, candidate), divergence(close, other))
            found[f"divergence-{name}"] = near
            refusals += _too_far(name, near)
        elif name == "consensus" and loss.low <= 0.0 <= loss.high:
            refusals.append(f"is not shown to beat the consensus on results: {_said(loss)}")
        found[f"log_loss-{name}"] = loss
        if loss.low > 0.0:
            refusals.append(f"loses to the {name} on results: {_said(loss)}")
    return Verdict(n, tuple(refusals), found)


def _too_far(name: str, near: Interval) -> Iterator[str]:
    if name == "consensus" and near.high >= 0.0:
        yield f"is not shown to be nearer to the close than the consensus: {_said(near)}"
    if name == "champion" and near.low > 0.0:
        yield f"is further from the close than the champion: {_said(near)}"


def _said(found: Interval) -> str:
    return (
        f"{1e5 * found.mean:+.1f}e-5, {LEVEL:.0%} interval {1e5 * found.low:+.1f} to {1e5 * found.high:+.1f}"
    )
