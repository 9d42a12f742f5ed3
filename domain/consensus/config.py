"""What counts in a consensus, and how much."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.sharpness import BOOKS, DEFAULT_SHARPNESS


@dataclass(frozen=True)
class ConsensusConfig:
    """Settings of a consensus; distances are |difference of log-odds| x sqrt(p (1 - p)).

    On that scale 0.12 is 6 percentage points at evens, and 99.9% of the quotes of the World Cup recording
    stand nearer than that to the median, favourites and long shots alike.

    Parameters
    ----------
    max_age_s, half_life_s : float
        Beyond the first a quote is ``stale``; with every half-life it weighs half. Within three hours of the
        start the market's own movement in half an hour to an hour equals the disagreement between books
        (measured on the World Cup recording); earlier it takes five hours and more.
    max_age_by_book : mapping of str to float
        In place of ``max_age_s``, by book as its quotes name it.
    sharpness : mapping of str to float
        Weight by book in lower case; 0 leaves a book out (``excluded``).
    default_sharpness : float
        Of a book that the table does not name.
    max_share : float
        The most that one book may count where there are others; at least 0.5.
    sharp_from : float
        A book at least this sharp gets ``sharp_tolerance``: alone and far from the others it is news.
    full_weight : float
        A soft book further than this from the weighted median counts in proportion to the inverse of its
        distance, so that one that is wrong moves the consensus by its share times this at most.
    tolerance, sharp_tolerance : float
        How far from the weighted median a book may stand before it is an ``outlier``.
    frozen_move : float
        When the median has moved by this much since a book last changed its prices, and the book is off by
        half of that, it is ``frozen``.
    min_overround, max_overround : float
        A book whose inverse prices sum to less or more, per winner, has a wrong price: ``overround``.
    price_range : (float, float)
        A book with a price outside is out of ``range``.
    mandatory : collection of str
        Books without which there is no consensus.
    min_books : int
        How many must count.
    min_move : float
        A consensus is news when a probability p moves by this share of sqrt(p (1 - p)), or when other books
        count than before: 0.001 is 0.05 percentage points at evens, 0.01 for an outsider at 1%.
    method : str
        Of de-vig.
    """

    max_age_s: float = 1800.0
    half_life_s: float = 1800.0
    max_age_by_book: Mapping[str, float] = field(default_factory=dict)
    sharpness: Mapping[str, float] = field(default_factory=lambda: BOOKS)
    default_sharpness: float = DEFAULT_SHARPNESS
    max_share: float = 0.6
    sharp_from: float = 3.0
    full_weight: float = 0.04
    tolerance: float = 0.12
    sharp_tolerance: float = 0.3
    frozen_move: float = 0.08
    min_overround: float = 0.95
    max_overround: float = 1.6
    price_range: tuple[float, float] = (1.0, 10_000.0)
    mandatory: Collection[str] = ()
    min_books: int = 1
    min_move: float = 1e-3
    method: str = "power"

    def __post_init__(self) -> None:
        if not 0.5 <= self.max_share <= 1.0:
            raise ValueError(f"max_share lies between 0.5 and 1, not {self.max_share}")
        if not (self.half_life_s > 0 and self.max_age_s > 0):
            raise ValueError("half_life_s and max_age_s are above 0")


DEFAULT_CONFIG = ConsensusConfig()
