"""Fitting a measure to quotes: first a family's parameters, then a tilt that takes up what is left."""

from dataclasses import dataclass

import numpy as np

from domain.arrays import Array
from domain.states.families import Family

MAX_STEPS = 25


@dataclass(frozen=True, eq=False)
class Targets:
    """What the measure should say.

    Parameters
    ----------
    win, refund : ndarray, shape (targets, states)
        The payoffs of the selections.
    probabilities : ndarray, shape (targets,)
        What each selection's W / (1 - R) should be.
    spread : ndarray, shape (targets,)
        How far off it may be: one standard deviation.
    """

    win: Array
    refund: Array
    probabilities: Array
    spread: Array

    def __len__(self) -> int:
        """Count the targets."""
        return len(self.probabilities)


def said(targets: Targets, p: Array) -> Array:
    """Return W / (1 - R) of each target under the measure ``p``."""
    return np.asarray((targets.win @ p) / (1.0 - targets.refund @ p))


def fit_family(family: Family, targets: Targets) -> tuple[Array, Array]:
    """Return the parameters of a family that come nearest to the targets, and the measure.

    Gauss-Newton with Levenberg's damping on squared distances over squared spreads, the parameters pulled to
    the family's centre as far as it says.
    """
    x = np.array(family.start)
    centre, tightness = np.array(family.centre), np.array(family.tightness)
    damping = 1e-3
    p, slopes = family.at(x)
    misfit, gradient, curvature = _quadratic(targets, p, slopes, x - centre, tightness)
    for _ in range(MAX_STEPS):
        step = np.linalg.solve(curvature + damping * np.diag(np.diag(curvature)), -gradient)
        if np.abs(step).max() < 1e-7:
            break
        trial = x + np.clip(step, -1.0, 1.0)
        trial_p, trial_slopes = family.at(trial)
        found = _quadratic(targets, trial_p, trial_slopes, trial - centre, tightness)
        if found[0] < misfit:
            gained = misfit - found[0]
            x, p = trial, trial_p
            misfit, gradient, curvature = found
            damping = max(damping * 0.1, 1e-9)
            if gained < 1e-8 * (1.0 + misfit):
                break
        else:
            damping *= 10.0
            if damping > 1e6:
                break
    return x, p


def _quadratic(
    targets: Targets, p: Array, slopes: Array, pull: Array, tightness: Array
) -> tuple[float, Array, Array]:
    """Return misfit, gradient and Gauss-Newton curvature at a measure with the given slopes."""
    stays = 1.0 - targets.refund @ p
    value = (targets.win @ p) / stays
    off = (value - targets.probabilities) / targets.spread
    # d(W / (1 - R)) = (dW + value dR) / (1 - R)
    jacobian = (targets.win @ slopes.T + value[:, None] * (targets.refund @ slopes.T)) / (
        stays * targets.spread
    )[:, None]
    misfit = float(off @ off + pull @ (tightness * pull))
    return misfit, jacobian.T @ off + tightness * pull, jacobian.T @ jacobian + np.diag(tightness)


def tilt(prior: Array, targets: Targets) -> Array:
    """Return the measure nearest to ``prior`` in relative entropy that meets the targets.

    Meeting target p means E[win - p (1 - refund)] = E[g] = 0. Quotes of several markets never agree to the
    last digit, so a target may be missed at a price: KL(measure, prior) + sum (E[g] / spread)^2 / 2 is least.
    Its dual, log E_prior exp(theta g) + sum (spread theta)^2 / 2, is smooth and strictly convex: Newton.
    """
    g = targets.win - targets.probabilities[:, None] * (1.0 - targets.refund)
    slack = targets.spread**2
    theta = np.zeros(len(targets))
    value, p = _dual(prior, g, slack, theta)
    for _ in range(MAX_STEPS):
        mean = g @ p
        gradient = mean + slack * theta
        hessian = (g * p) @ g.T - np.outer(mean, mean)
        hessian[np.diag_indices_from(hessian)] += slack
        step = np.linalg.solve(hessian, gradient)
        decrease = float(gradient @ step)
        if decrease < 1e-16:
            break
        length = 1.0
        while True:
            trial = theta - length * step
            trial_value, trial_p = _dual(prior, g, slack, trial)
            if trial_value <= value - 1e-4 * length * decrease or length < 1e-6:
                break
            length *= 0.5
        theta, value, p = trial, trial_value, trial_p
    return p


def _dual(prior: Array, g: Array, slack: Array, theta: Array) -> tuple[float, Array]:
    exponent = theta @ g
    top = exponent.max()
    weights = prior * np.exp(exponent - top)
    total = weights.sum()
    return float(np.log(total) + top + 0.5 * (slack * theta) @ theta), weights / total
