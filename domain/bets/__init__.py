"""What a bet is: legs, and a kind that makes lines of them."""

from domain.bets.kinds import KINDS, MOST_LEGS, BetKind, kind_of, lines_of
from domain.bets.lines import Lines
from domain.bets.same_game import same_game_price

__all__ = ["KINDS", "MOST_LEGS", "BetKind", "Lines", "kind_of", "lines_of", "same_game_price"]
