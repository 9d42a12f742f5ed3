"""Learning how much each book's price is worth in a consensus.

The consensus is a weighted mean of log-odds. With e the books' errors against the close its error is w'e, and
its divergence from the close is E sum p (1 - p)^2 (w'e)^2 / 2, to second order: the weights that make it
least are a small quadratic programme, w >= 0 and sum w = 1, in the second moments of the errors. Errors that
books share, the news still to come, count in it as they should: only what a book adds earns it weight.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from domain.arrays import Array

RIDGE = 0.02
"""Pulls towards equal weights, as a share of the mean error; learned weights are not trusted beyond it."""
MIN_MATCHES = 50
"""With fewer common matches two books' errors are taken as alike as all books' are on average."""

MIN_SHARE = 0.1
"""A book with fewer matches than this share of the most diligent one's is not weighed against it."""


@dataclass
class ErrorMoments:
    """Sums over matches of products of the books' errors; more matches are added as they close.

    Parameters
    ----------
    books : tuple of str
        In the order of rows and columns.
    """

    books: tuple[str, ...]

    def __post_init__(self) -> None:
        size = len(self.books)
        self.products: Array = np.zeros((size, size))
        self.counts: Array = np.zeros((size, size))

    def add(self, probabilities: Array, close: Array) -> None:
        """Take matches that have closed.

        Parameters
        ----------
        probabilities : ndarray, shape (books, matches, outcomes)
            De-vigged; NaN where a book did not quote.
        close : ndarray, shape (matches, outcomes)
            The closing probabilities, without NaN.
        """
        with np.errstate(invalid="ignore"):
            errors = np.log(probabilities / (1.0 - probabilities)) - np.log(close / (1.0 - close))
        errors *= np.sqrt(0.5 * close) * (1.0 - close)
        quoted = ~np.isnan(errors).any(axis=-1)
        if not quoted.any():
            return
        # Relative to the batch, so that a book does not look sharp for having quoted when markets were calm.
        errors /= np.sqrt((errors[quoted] ** 2).sum(axis=-1).mean())
        flat = np.where(quoted[..., None], errors, 0.0).reshape(len(self.books), -1)
        self.products += flat @ flat.T
        self.counts += quoted.astype(np.float64) @ quoted.T.astype(np.float64)

    def forget(self, share: float) -> None:
        """Keep only ``share`` of what has been seen: 0.5 lets older matches count half."""
        self.products *= share
        self.counts *= share

    def weights(self, among: Collection[str], ridge: float = RIDGE) -> dict[str, float]:
        """Return the weights of some books, summing to one; a book hardly seen gets none.

        Parameters
        ----------
        among : collection of str
            The books that quote now. One that has gone is best left out: its errors were made in other times.
        """
        own = np.diag(self.counts)
        enough = max(MIN_MATCHES, MIN_SHARE * own.max(initial=0.0))
        seen = np.array(
            [place for place, book in enumerate(self.books) if book in among and own[place] >= enough]
        )
        if not len(seen):
            return {}
        counts = self.counts[np.ix_(seen, seen)]
        moments = self.products[np.ix_(seen, seen)] / np.maximum(counts, 1.0)
        known = (counts >= MIN_MATCHES) & ~np.eye(len(seen), dtype=bool)
        moments[counts < MIN_MATCHES] = moments[known].mean() if known.any() else 0.0
        solved = least_error(moments + ridge * np.trace(moments) / len(seen) * np.eye(len(seen)))
        return {self.books[place]: float(weight) for place, weight in zip(seen, solved, strict=True)}


def least_error(moments: Array) -> Array:
    """Return the weights w >= 0, sum w = 1, that make w' moments w least.

    Solved as non-negative least squares with the sum as a heavy row. Moments from unequal samples can fail
    to be positive semi-definite; what is negative is taken as zero.
    """
    values, vectors = np.linalg.eigh(moments)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    heavy = 1e4 * np.sqrt(max(float(values.max()), 1e-300))
    size = len(moments)
    solved, _ = nnls(np.vstack([root, np.full((1, size), heavy)]), np.append(np.zeros(size), heavy))
    return np.asarray(solved / solved.sum())
