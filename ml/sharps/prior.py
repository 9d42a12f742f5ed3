"""What a population of bettors is like: the prior that each of them is shrunk to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from domain.sharps import POLICY, SharpPolicy
from ml.sharps.features import Array
from ml.sharps.marks import Marked

LEAST_MARKS = 5
LEAST_BETTORS = 20
LEAST_SPREAD = 0.02
"""A prior never narrower than this: the few sharps of a population lie far outside its middle."""

TARGET_EDGE = 0.04
"""The e-process is tuned to a bettor whose mean CLV is this far above the null."""


NEARLY_ALL = 0.95
"""The most of its capital that the e-process stakes on one mark. Nearly all of it finds sharps sooner than
four fifths of it (a value bettor after 25 bets in the median, not 30) and flags fewer squares: falls cost it
more."""

BIAS_MOST = 0.0005
"""By how much cutting marks off below may raise their mean."""


def population_policy(marked: Mapping[str, Sequence[Marked]], base: SharpPolicy = POLICY) -> SharpPolicy:
    """Return the policy with the prior of a population (empirical Bayes), and an e-process to match.

    The prior's mean is the median bettor's, its variance what the bettors' means scatter beyond what the
    scatter of their marks explains; both are robust, so that the sharps in the population hardly move them.
    A bettor without an edge is one who is no better than halfway between the median bettor and 0. The bet
    fractions are those that are best at ``TARGET_EDGE`` (edge / variance), within what the clip allows.

    Parameters
    ----------
    marked : mapping of str to sequence of Marked
        Each bettor's bets. With fewer than 20 bettors of 5 bets before the start ``base`` is returned;
        where nearly all bets are in play, they stand in for those before the start.
    """
    before = _marks(marked, in_play=False)
    live = _marks(marked, in_play=True)
    enough = len(before) >= LEAST_BETTORS
    known = before if enough else live
    if len(known) < LEAST_BETTORS:
        return base
    within = _within(known)
    means = np.array([np.mean(values) for values in known])
    middle = float(np.median(means))
    spread = 1.4826 * float(np.median(np.abs(means - middle)))
    by_chance = within * float(np.median([1 / len(values) for values in known]))
    null_mean = min(0.0, middle / 2)
    clip = _clip(np.concatenate(known), null_mean, within**0.5)
    of_live = _within(live) if live else within / base.in_play_weight
    return replace(
        base,
        prior_mean=min(middle, -0.005),
        prior_sd=max(LEAST_SPREAD, max(0.0, spread**2 - by_chance) ** 0.5),
        mark_sd=within**0.5,
        null_mean=null_mean,
        clip=clip,
        bet_fraction=min(NEARLY_ALL / clip, TARGET_EDGE / within),
        in_play_weight=min(1.0, within / of_live),
        in_play_fraction=min(0.8, TARGET_EDGE / of_live),
    )


def _marks(marked: Mapping[str, Sequence[Marked]], *, in_play: bool) -> list[Array]:
    of_bettors = ([each.clv for each in own if bool(each.bet.in_play) == in_play] for own in marked.values())
    return [np.minimum(values, 1.0) for values in of_bettors if len(values) >= LEAST_MARKS]


def _within(known: Sequence[Array]) -> float:
    squares = sum(float(np.var(values)) * len(values) for values in known)
    return max(1e-6, squares / sum(len(values) - 1 for values in known))


def _clip(marks: Array, null_mean: float, sd: float) -> float:
    """Return how far from the null marks count: the least from 2.2 sd on that hardly cuts any off below."""
    widest = 1 + null_mean
    for clip in np.arange(max(0.05, 2.2 * sd), widest, 0.02):
        if np.mean(np.maximum(0.0, null_mean - clip - marks)) <= BIAS_MOST:
            return float(clip)
    return widest
