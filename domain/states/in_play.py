"""A football match's measure, carried on with the clock, the score and red cards.

Before the match, the measure is that of two independent Poisson processes, each final score weighted by
r(score) = p(score) / Poisson(score): Dixon and Coles's correction and the tilt to the quotes are both of that
form. In play the same weights stand over what can still happen: p_t(score) is in proportion to
Poisson(score less the present one; the goals still expected) x r(score).

The constants are measured on 12,000 matches of 2012-2023 with half-time scores: with them the closing prices,
carried on to half time, have a log loss of .8234 and a ranked probability score of .1519.
"""

import numpy as np
from scipy.special import gammaln

from domain.arrays import Array
from domain.states.measure import Measure
from domain.states.space import FOOTBALL, FOOTBALL_SIZE

FULL_TIME_S = 94 * 60.0
"""With the time added to both halves, on average."""
RISE = 0.36
"""How much higher the rate of goals is at the end than at the start: 55.9% fall in the second half."""
CHASING, LEADING = 1.06, 0.94
"""What being behind and being ahead do to a side's rate."""
LAST_SHARE = 0.005
"""Share of the goals that is still held possible until the match has ended."""
SHORT_HANDED, OPPONENT = 2.0 / 3.0, 5.0 / 4.0
"""What a red card does to the rates of the side that is short, and of the other: a marked drop and a slight
rise, as Vecer, Kopriva and Ichiba (2009) find; the figures themselves are set, not measured."""


def in_play(
    measure: Measure, home: int, away: int, clock_s: float, home_reds: int = 0, away_reds: int = 0
) -> Measure:
    """Return the measure over final scores, given what has happened.

    Parameters
    ----------
    measure : Measure
        As it was before the match, over ``FOOTBALL`` and with rates.
    home, away : int
        Goals so far, up to 12 each.
    clock_s : float
        Seconds played on the match clock, half time left out.
    home_reds, away_reds : int
        Players sent off.

    Raises
    ------
    ValueError
        For a measure of another kind, or a score beyond the space.
    """
    if measure.space is not FOOTBALL or len(measure.rates) != 2:
        raise ValueError("only a football measure with rates can be carried on")
    if not (0 <= home < FOOTBALL_SIZE and 0 <= away < FOOTBALL_SIZE):
        raise ValueError(f"the score {home}-{away} is beyond the space")
    left = remaining_share(clock_s)
    home_left = measure.rates[0] * left * _urge(home - away) * SHORT_HANDED**home_reds * OPPONENT**away_reds
    away_left = measure.rates[1] * left * _urge(away - home) * SHORT_HANDED**away_reds * OPPONENT**home_reds
    weights = measure.p / _poissons(measure.rates[0], measure.rates[1], 0, 0)
    p = weights * _poissons(home_left, away_left, home, away)
    return Measure(FOOTBALL, p / p.sum(), measure.rates)


def remaining_share(clock_s: float) -> float:
    """Return the share of a match's goals that is still to come, on average, with so much played."""
    played = min(max(clock_s / FULL_TIME_S, 0.0), 1.0)
    gone = (played + 0.5 * RISE * played * played) / (1.0 + 0.5 * RISE)
    return max(1.0 - gone, LAST_SHARE)


def _urge(lead: int) -> float:
    return CHASING if lead < 0 else LEADING if lead > 0 else 1.0


def _poissons(home_rate: float, away_rate: float, home: int, away: int) -> Array:
    return np.outer(_poisson(home_rate, home), _poisson(away_rate, away)).ravel()


def _poisson(rate: float, scored: int) -> Array:
    """Return the probabilities of final goals, ``scored`` of which are in."""
    p = np.zeros(FOOTBALL_SIZE)
    more = np.arange(FOOTBALL_SIZE - scored, dtype=np.float64)
    p[scored:] = np.exp(more * np.log(rate) - rate - gammaln(more + 1.0))
    return p
