"""Synthetic bettors: labelled, seeded, for the demo, for training and for error rates."""

from domain.population.classes import CLASSES, DEMO_MIXTURE, KEEN_CLASSES, SMALL_MIXTURE, BettorClass
from domain.population.offers import Intent, Knowledge, Offer
from domain.population.people import Bettor
from domain.population.population import Population

__all__ = [
    "CLASSES",
    "DEMO_MIXTURE",
    "KEEN_CLASSES",
    "SMALL_MIXTURE",
    "Bettor",
    "BettorClass",
    "Intent",
    "Knowledge",
    "Offer",
    "Population",
]
