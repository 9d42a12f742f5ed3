"""When prices count, and what is worth telling."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ROUNDING = 1e-9
"""A margin below this is what floats leave of a fair market."""


@dataclass(frozen=True)
class ArbitrageConfig:
    """When prices count.

    Parameters
    ----------
    max_age_s : float
        How old a book's last confirmation may be.
    commissions : mapping of str to float
        Share of the winnings that a book keeps, by name; 0 for the rest.
    min_margin : float
        Profit per unit staked from which on it is reported.
    price_life_s : float
        How long a confirmed price lasts on average; ``confidence`` falls with age by it.
    middle_cost : float
        What a middle may lose at worst, per unit staked, below 1; 0: middles are not looked for.
    middle_books : int
        How many books must quote each of a middle's lines for its probability to be known.
    """

    max_age_s: float = 300.0
    commissions: Mapping[str, float] = field(default_factory=dict)
    min_margin: float = 0.0
    price_life_s: float = 300.0
    middle_cost: float = 0.0
    middle_books: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.middle_cost < 1:
            raise ValueError("middle_cost must lie between 0 and 1: who stakes 1 cannot lose more")

    @property
    def max_age_ms(self) -> float:
        """``max_age_s`` in milliseconds."""
        return self.max_age_s * 1000.0

    @property
    def least(self) -> float:
        """The margin above which something is an arbitrage."""
        return max(self.min_margin, ROUNDING)

    def net(self, book: str, price: float) -> float:
        """Return a book's price after its commission on the winnings."""
        commission = self.commissions.get(book, 0.0)
        return price if commission == 0.0 else 1.0 + (price - 1.0) * (1.0 - commission)
