"""One measure per event: all markets of a match are sums over the same final scores."""

from domain.states.anchor import Prices, measure_of
from domain.states.board import Board, football_board
from domain.states.compile import compile_measure
from domain.states.measure import Measure
from domain.states.space import FOOTBALL, Space

__all__ = [
    "FOOTBALL",
    "Board",
    "Measure",
    "Prices",
    "Space",
    "compile_measure",
    "football_board",
    "measure_of",
]
