"""Which competitions the crowd bets on, and which it leaves to those who know them."""

from collections.abc import Mapping

HEAD = 0.8
"""The most popular competitions, with this share of all bets between them, are not obscure; others are."""

LEAST_BETS = 200
"""Fewer bets tell of no crowd."""

LEAST_COMPETITIONS = 3
"""Where there are fewer, there is no choice that could tell anything."""


def is_obscure(counts: Mapping[str, int], competition: str) -> bool | None:
    """Tell whether a competition is obscure, by how often each has been bet on; None where nothing tells.

    By this definition a fifth of the crowd's bets at most are on obscure competitions, whatever they are: the
    share of one bettor is held against that of all.
    """
    total = sum(counts.values())
    if total < LEAST_BETS or len(counts) < LEAST_COMPETITIONS:
        return None
    own = counts.get(competition, 0)
    return sum([count for count in counts.values() if count > own]) >= HEAD * total
