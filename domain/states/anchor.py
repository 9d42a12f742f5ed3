"""An event's measure at any time: fitted before the start, carried on in play, kept to the live prices."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.states.compile import compile_measure, targets_of
from domain.states.families import FAMILIES
from domain.states.fit import tilt
from domain.states.in_play import in_play
from domain.states.measure import Measure
from schemas import MatchState

Prices = Mapping[str, Mapping[str, float]]
"""Probabilities by market and outcome."""

NONE: Prices = MappingProxyType({})


def measure_of(
    sport: str, sources: Prices, state: MatchState | None = None, anchors: Prices = NONE
) -> Measure | None:
    """Return the measure over final scores, or None where the prices say nothing of scores.

    Parameters
    ----------
    sport : str
        A key of ``FAMILIES``.
    sources : mapping
        Fair probabilities from before the start.
    state : MatchState, optional
        How far a football match is: the measure is carried on to it.
    anchors : mapping
        Live fair probabilities at that state: the carried measure is tilted to them by least relative
        entropy, as the prior is to the quotes before the start.

    Raises
    ------
    KeyError
        For a sport without a family.
    ValueError
        For a state of another sport than football, or a score beyond the space.
    """
    measure = compile_measure(sport, sources)
    if measure is None or state is None:
        return measure
    carried = in_play(measure, state.home, state.away, state.clock_s, state.home_reds, state.away_reds)
    targets = targets_of(FAMILIES[sport], anchors, {})
    if targets is None:
        return carried
    return Measure(carried.space, tilt(carried.p, targets), carried.rates)
