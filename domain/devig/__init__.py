"""From a bookmaker's prices to probabilities: six published ways of taking the margin out."""

from domain.devig.methods import DEFAULT, METHODS, devig, devig_one

__all__ = ["DEFAULT", "METHODS", "devig", "devig_one"]
