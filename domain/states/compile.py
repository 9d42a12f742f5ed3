"""From the consensus of an event's markets to one measure over its final scores."""

from collections.abc import Mapping, Sequence

import numpy as np

from domain.arrays import Array
from domain.states.families import FAMILIES, Family
from domain.states.fit import Targets, fit_family, tilt
from domain.states.measure import Measure
from domain.states.settlement import RULES, payoff

SPREAD = 0.002
"""How far the measure may be off a quoted probability where nothing else is said: a fifth of a point."""


def compile_measure(
    sport: str,
    quoted: Mapping[str, Mapping[str, float]],
    spreads: Mapping[str, float] | None = None,
) -> Measure | None:
    """Return the measure that an event's quoted markets amount to, or None where they say nothing of scores.

    Parameters
    ----------
    sport : str
        A key of ``FAMILIES``.
    quoted : mapping of str to mapping of str to float
        Probabilities by market and outcome, as a consensus gives them: of a market with refunds they are
        those among the bets that are not refunded. Markets that scores do not settle are passed over.
    spreads : mapping of str to float, optional
        By market, how far off its probabilities may be; ``SPREAD`` for the rest.

    Raises
    ------
    KeyError
        For a sport without a family: its markets stay independent.
    """
    family = FAMILIES[sport]
    targets = targets_of(family, quoted, spreads or {})
    if targets is None:
        return None
    parameters, prior = fit_family(family, targets)
    rates = tuple(float(rate) for rate in np.exp(parameters[:2])) if sport == "soccer" else ()
    return Measure(family.space, tilt(prior, targets), rates)


def targets_of(
    family: Family, quoted: Mapping[str, Mapping[str, float]], spreads: Mapping[str, float]
) -> Targets | None:
    """Return the quotes as targets, or None where scores settle none of the markets."""
    rows: list[tuple[Array, Array]] = []
    probabilities: list[float] = []
    spread: list[float] = []
    for market, by_outcome in sorted(quoted.items()):
        if market.partition(":")[0] not in RULES:
            continue
        for outcome in _stated(by_outcome):
            pay = payoff(family.space, market, outcome)
            rows.append((pay.win, pay.refund))
            probabilities.append(by_outcome[outcome])
            spread.append(spreads.get(market, SPREAD))
    if not rows:
        return None
    return Targets(
        np.array([win for win, _ in rows]),
        np.array([refund for _, refund in rows]),
        np.array(probabilities),
        np.array(spread),
    )


def _stated(by_outcome: Mapping[str, float]) -> Sequence[str]:
    """Return the outcomes to meet: one of two, all of more, so that all are treated alike."""
    outcomes = sorted(by_outcome)
    return outcomes[:1] if len(outcomes) == 2 else outcomes
