"""Whether the world is still the one that the model learned from, and whether it still helps.

Two watches over the matches that have closed lately, both with exponentially fading memory: how the features
are distributed (population stability index), and how far model and consensus ended from the close. When the
model is clearly further off than the consensus, prices fall back to the consensus until it is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, log, sqrt

import numpy as np

from domain.arrays import Array
from ml.fair.table import Single

BINS = 10
FLOOR = 1e-3
"""Of a bin's share, so that an empty one does not count without bound."""
HALF_LIFE = 300.0
"""Closed matches after which one counts half."""
ALERT_PSI = 0.25
"""Above it a feature is said to have drifted; the usual rule of credit scoring (Siddiqi 2006)."""
CALENDAR = frozenset(
    {
        *("day_of_year", "weekday", "hours_to_start", "rest"),
        *("home_rest", "away_rest", "home_recent", "away_recent"),
    }
)
"""Features that follow the calendar and the summer break."""
MIN_MATCHES = 100.0
DOUBT = 2.33
"""Standard errors by which the model must be worse before prices fall back."""

Reference = Mapping[str, Mapping[str, Sequence[float]]]
"""By feature: ``edges`` between bins, and the ``shares`` of the bins, the last that of unknown values."""


def reference(rows: Single, names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """Return how features are distributed in training data, for the model card."""
    found = {}
    for place, name in enumerate(names):
        values = rows[:, place]
        known = values[~np.isnan(values)]
        cuts = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.empty(0)
        edges = [float(cut) for cut in cuts]
        counts = np.bincount([bin_of(edges, float(value)) for value in values], minlength=len(edges) + 2)
        found[name] = {"edges": edges, "shares": [float(share) for share in counts / len(values)]}
    return found


def bin_of(edges: Sequence[float], value: float) -> int:
    """Return a value's bin: the count of edges below it; one past the last bin where it is unknown."""
    return len(edges) + 1 if isnan(value) else sum(value > edge for edge in edges)


def stability(expected: Sequence[float], counts: Sequence[float]) -> float:
    """Return the population stability index: sum (a - e) log(a / e) over the bins' shares."""
    total = sum(counts)
    index = 0.0
    for share, count in zip(expected, counts, strict=True):
        e, a = max(share, FLOOR), max(count / total, FLOOR)
        index += (a - e) * log(a / e)
    return index


@dataclass(slots=True)
class Watch:
    """What closed matches have shown of one model; a few kilobytes, kept like any other state.

    Parameters
    ----------
    counts : dict of str to list of float
        Faded counts of the features' bins.
    matches : float
        Faded count of matches.
    model, consensus, excess, square : float
        Faded sums: divergence from the close of both, their difference, and its square.
    loss_model, loss_consensus : float
        Faded sums of the log loss on results.
    foretold, came : float
        Faded sums of the square of the moves (of log probabilities) that the model foretold, and of their
        product with those that came: calibrated, they are alike.
    told : list of str
        Features whose drift has been told.
    fallen_back : bool
        Whether the consensus prices in the model's place.
    """

    counts: dict[str, list[float]] = field(default_factory=dict)
    matches: float = 0.0
    model: float = 0.0
    consensus: float = 0.0
    excess: float = 0.0
    square: float = 0.0
    loss_model: float = 0.0
    loss_consensus: float = 0.0
    foretold: float = 0.0
    came: float = 0.0
    fallen_back: bool = False
    told: list[str] = field(default_factory=list)

    def note(
        self,
        expected: Reference,
        features: Mapping[str, float],
        corrected: Sequence[float],
        consensus: Sequence[float],
        close: Sequence[float],
        result: int,
    ) -> None:
        """Take a match that has closed and has a result.

        Parameters
        ----------
        expected : Reference
            The model card's.
        features : mapping of str to float
            As the model saw them when it priced.
        corrected, consensus, close : sequence of float
            Probabilities by outcome. Of a model that has learned from results, the result stands for the
            close: 1 for what came, so that divergence is log loss.
        result : int
            The place of the outcome that came.
        """
        fade = 0.5 ** (1.0 / HALF_LIFE)
        for name, each in expected.items():
            counts = self.counts.setdefault(name, [0.0] * len(each["shares"]))
            counts[:] = [fade * count for count in counts]
            counts[bin_of(each["edges"], features[name])] += 1.0
        ours, plain = _divergence(close, corrected), _divergence(close, consensus)
        self.matches = fade * self.matches + 1.0
        self.model = fade * self.model + ours
        self.consensus = fade * self.consensus + plain
        self.excess = fade * self.excess + ours - plain
        self.square = fade * self.square + (ours - plain) ** 2
        moves = [log(c / p) for c, p in zip(corrected, consensus, strict=True)]
        # of a result the move is taken to first order: its mean is the same
        ends = [log(c / p) if 0.0 < c < 1.0 else c / p - 1.0 for c, p in zip(close, consensus, strict=True)]
        self.foretold = fade * self.foretold + sum(move**2 for move in moves)
        self.came = fade * self.came + sum(move * end for move, end in zip(moves, ends, strict=True))
        self.loss_model = fade * self.loss_model - log(corrected[result])
        self.loss_consensus = fade * self.loss_consensus - log(consensus[result])
        self._decide()

    def _decide(self) -> None:
        mean = self.excess / self.matches
        error = sqrt(max(self.square / self.matches - mean**2, 0.0) / self.matches)
        if self.fallen_back:
            self.fallen_back = mean >= 0.0
        else:
            self.fallen_back = self.matches >= MIN_MATCHES and mean > DOUBT * error

    def stability(self, expected: Reference) -> dict[str, float]:
        """Return the population stability index by feature, largest first; empty before the first match."""
        found = {name: stability(expected[name]["shares"], counts) for name, counts in self.counts.items()}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def drifted(self, expected: Reference) -> dict[str, float]:
        """Return the features that have drifted and have not been told, with their index; now they are.

        What follows the calendar is left out: the last weeks are never spread like a whole year.
        """
        if self.matches < MIN_MATCHES:
            return {}
        found = {
            name: index
            for name, index in self.stability(expected).items()
            if index > ALERT_PSI and name not in CALENDAR and name not in self.told
        }
        self.told += found
        return found

    def figures(self) -> dict[str, float]:
        """Return rolling figures for metrics: divergence and log loss of model and consensus, calibration.

        Calibration is the slope of the moves that came on those that the model foretold: 1 where it is right
        on average, 0 where it foretells nothing, less where it is worse than nothing.
        """
        if not self.matches:
            return {}
        return {
            "matches": self.matches,
            "divergence_model": self.model / self.matches,
            "divergence_consensus": self.consensus / self.matches,
            "log_loss_model": self.loss_model / self.matches,
            "log_loss_consensus": self.loss_consensus / self.matches,
            "calibration": self.came / self.foretold if self.foretold else 1.0,
            "fallen_back": float(self.fallen_back),
        }


def _divergence(truth: Sequence[float], said: Sequence[float]) -> float:
    return sum(t * log(t / s) for t, s in zip(truth, said, strict=True) if t)


def watched(expected: Reference, rows: Single, names: Sequence[str], *views: Array) -> Watch:
    """Return a watch over matches in files: their features, and corrected, consensus, close and results."""
    watch = Watch()
    for row, corrected, consensus, close, result in zip(rows.tolist(), *views, strict=True):
        watch.note(expected, dict(zip(names, row, strict=True)), corrected, consensus, close, int(result))
    return watch
