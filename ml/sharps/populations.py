"""Mixtures of synthetic bettors for training and for error rates."""

from collections.abc import Mapping
from dataclasses import replace

from domain.population import CLASSES, BettorClass, Population

SHARES: tuple[int, ...] = (5, 25, 50, 100)
"""Percent of a value bettor's bets that are sharp; the others are picked as the crowd picks."""


def registry() -> dict[str, BettorClass]:
    """Return all classes, betting equally often, and ``value_5`` to ``value_100``.

    The latter differ from a square in nothing but what they know: their stakes, accounts and promotions are a
    square's. So what tells them apart is skill, and an error rate says how well skill is told.
    """
    classes = {name: replace(kind, activity=1.0) for name, kind in CLASSES.items()}
    value, square = classes["value_bettor"], classes["square"]
    for share in SHARES:
        name = f"value_{share}"
        classes[name] = replace(
            square,
            name=name,
            knows=value.knows,
            noise=value.noise,
            least_edge=value.least_edge,
            looks_at=value.looks_at,
            informed_share=share / 100,
        )
    return classes


def class_of(label: str) -> str:
    """Return the class that a label counts as: ``value_25`` is a value bettor."""
    return "value_bettor" if label.startswith("value_") else label


def population(seed: int, mixture: Mapping[str, int], operator: str = "book") -> Population:
    """Return a population of ``registry`` classes at one operator."""
    return Population(seed, mixture, (operator,), registry())
