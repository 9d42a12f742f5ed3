"""All selections that are offered on an event, priced at once."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from domain.arrays import Array
from domain.markets import outcomes_of
from domain.states.settlement import payoff
from domain.states.space import FOOTBALL, Space

Selection = tuple[str, str]
"""Market and outcome."""


class Board:
    """A fixed list of selections over one space, as one matrix.

    Parameters
    ----------
    selections : iterable of (str, str)
        Those that can be refunded are put last; ``selections`` tells the order of the prices.
    """

    def __init__(self, space: Space, selections: Iterable[Selection]) -> None:
        rows = [(selection, payoff(space, *selection)) for selection in selections]
        rows.sort(key=lambda row: bool((row[1].refund > 0.0).any()))
        self.space = space
        self.selections: Sequence[Selection] = tuple(selection for selection, _ in rows)
        self._win = np.array([pay.win for _, pay in rows])
        self._sure = sum(not (pay.refund > 0.0).any() for _, pay in rows)
        self._refund = np.array([pay.refund for _, pay in rows[self._sure :]]).reshape(-1, len(space))

    def __len__(self) -> int:
        """Count the selections."""
        return len(self.selections)

    def probabilities(self, p: Array) -> Array:
        """Return the inverse fair price of each selection under the measure ``p``."""
        found = self._win @ p
        found[self._sure :] /= 1.0 - self._refund @ p
        return np.asarray(found)


@lru_cache(maxsize=1)
def football_board() -> Board:
    """Return 317 selections of a football match: results, handicaps, totals, both to score, scores."""
    markets = ["1x2", "dc", "dnb", "btts", "oe"]
    markets += [f"ou:{line / 4:g}" for line in range(2, 31)]
    markets += [f"ah:{line / 4:g}" for line in range(-20, 21)]
    markets += [f"ou_{side}:{line + 0.5:g}" for side in ("home", "away") for line in range(6)]
    markets += [f"ou_{side}:{line:g}" for side in ("home", "away") for line in range(1, 6)]
    selections = [(market, outcome) for market in markets for outcome in outcomes_of(market)]
    selections += [("cs", f"{home}-{away}") for home in range(11) for away in range(11)]
    return Board(FOOTBALL, selections)
