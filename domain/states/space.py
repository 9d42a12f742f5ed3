"""The states of an event: its possible final scores."""

from dataclasses import dataclass

import numpy as np

from domain.arrays import Array


@dataclass(frozen=True, eq=False)
class Space:
    """Final scores, one per state.

    Parameters
    ----------
    name : str
        Of the kind of event.
    home, away : ndarray, shape (states,)
        Goals, runs or sets.
    """

    name: str
    home: Array
    away: Array

    def __len__(self) -> int:
        """Count the states."""
        return len(self.home)


def grid(name: str, size: int) -> Space:
    """Return all scores from 0 to ``size`` - 1 of both sides, the home side's changing slowest."""
    home, away = np.divmod(np.arange(size * size), size)
    return Space(name, home.astype(np.float64), away.astype(np.float64))


def sets(best_of: int) -> Space:
    """Return the set scores with which a tennis match can end."""
    wins = best_of // 2 + 1
    lost = np.arange(wins, dtype=np.float64)
    won = np.full(wins, float(wins))
    return Space(f"sets{best_of}", np.concatenate([won, lost]), np.concatenate([lost, won]))


FOOTBALL_SIZE = 13
HOCKEY_SIZE = 16
BASEBALL_SIZE = 26

FOOTBALL = grid("football", FOOTBALL_SIZE)
HOCKEY = grid("hockey", HOCKEY_SIZE)
BASEBALL = grid("baseball", BASEBALL_SIZE)
"""With 25 runs the highest score: six games in a hundred thousand go beyond, at 4.5 runs a side."""
TENNIS_3 = sets(3)
TENNIS_5 = sets(5)
