"""What follows from the evidence on a bettor."""

from dataclasses import dataclass
from math import erfc, sqrt

from domain.sharps.evidence import Evidence, weight_of
from domain.sharps.policy import POLICY, SharpPolicy


@dataclass(frozen=True, slots=True)
class Assessment:
    """What follows from the evidence; the fields are those of ``schemas.BettorRisk``."""

    bets: int
    marks: int
    clv_mean: float
    posterior_mean: float
    posterior_sd: float
    log_e_value: float
    flagged: bool
    factor: float
    reasons: list[str]


def posterior(evidence: Evidence, policy: SharpPolicy = POLICY) -> tuple[float, float, float]:
    """Return mean and sd of the posterior of the bettor's true CLV, and the weighted mean of its marks.

    The last is 0 where there is no mark yet.
    """
    weight, total = evidence.weight, evidence.weight * evidence.mean
    for mark in evidence.open.values():
        share = policy.horizon_weights[mark.rank] * weight_of(mark, policy)
        weight += share
        total += share * mark.clv
    of_population = policy.own_variance_after
    variance = (of_population * policy.mark_sd**2 + evidence.squares) / (of_population + evidence.weight)
    prior_precision = policy.prior_sd**-2
    precision = prior_precision + weight / variance
    mean = (policy.prior_mean * prior_precision + total / variance) / precision
    return mean, 1 / sqrt(precision), total / weight if weight else 0.0


def edge_probability(mean: float, sd: float, policy: SharpPolicy = POLICY) -> float:
    """Return the posterior's probability that the true CLV is above "no edge"."""
    return 0.5 * erfc((policy.null_mean - mean) / (sd * sqrt(2.0)))


def stake_factor(posterior_mean: float, flagged: bool, policy: SharpPolicy = POLICY) -> float:
    """Return the stake factor, to two decimals.

    Kelly on the book's edge: a limit in proportion to what the book expects to win per unit staked, which is
    minus the bettor's CLV; 1 for a bettor who loses what the population loses. A flag bounds it, but never
    to 0: a ban is for a person to decide.
    """
    most = policy.flagged_factor if flagged else policy.most_factor
    return round(max(policy.least_factor, min(most, posterior_mean / policy.prior_mean)), 2)


def assess(evidence: Evidence, policy: SharpPolicy = POLICY) -> Assessment:
    """Return what follows from the evidence, with reasons in words."""
    mean, sd, clv_mean = posterior(evidence, policy)
    flagged = evidence.flagged_at is not None
    factor = stake_factor(mean, flagged, policy)
    bets = evidence.bets
    reasons = [
        f"mean CLV {clv_mean:+.1%} over {bets} bets, {len(evidence.open)} of them before their close",
        f"true CLV believed to be {mean:+.1%} \N{PLUS-MINUS SIGN} {sd:.1%}",
    ]
    if flagged:
        reasons.append(
            f"flagged at bet {evidence.flagged_at}: the e-value against a CLV of {policy.null_mean:+.1%} "
            f"reached {1 / policy.alpha:.0f}"
        )
    return Assessment(bets, bets, clv_mean, mean, sd, evidence.log_e, flagged, factor, reasons)
