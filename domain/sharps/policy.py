"""How marks become beliefs, and beliefs a stake factor."""

from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True)
class SharpPolicy:
    """How marks become beliefs, and beliefs a stake factor. CLV is a fraction: 0.02 is 2% of the stake.

    Parameters
    ----------
    prior_mean, prior_sd : float
        mu and tau: the population's true CLV. A bettor without skill loses the margin.
    mark_sd : float
        s: how much one mark scatters around the bettor's true CLV.
    own_variance_after : float
        How many marks of a bettor weigh as much as the population in the estimate of s^2.
    null_mean : float
        mu0: up to this mean CLV a bettor has no edge.
    bet_fraction, clip : float
        lambda, and how far from mu0 a mark counts in the e-process; their product is below 1. The clip should
        lie beyond nearly all falls: where many are cut off below, the mean of what is left is too high.
    in_play_fraction : float
        lambda of a bet in play, below 1. Its marks are not cut off below: a favourite in play mostly gains a
        little and seldom loses a lot, and cutting that off would make an edge where there is none.
    alpha : float
        The probability that a bettor without an edge is ever flagged is at most this.
    horizon_weights : tuple of float
        What an open bet's mark counts, at 10 s, 60 s and 300 s, the close being 1.
    repeat_weight, in_play_weight : float
        What a further bet on the same event, and one in play, count in the posterior. In play the price moves
        within minutes as much as in days before: the weight is the ratio of the variances.
    half_life_days : float
        After this time a mark counts half.
    least_factor, most_factor, flagged_factor : float
        Bounds of the stake factor; the last is the most that a flagged bettor gets.
    """

    prior_mean: float = -0.045
    prior_sd: float = 0.03
    mark_sd: float = 0.09
    own_variance_after: float = 20.0
    null_mean: float = -0.02
    bet_fraction: float = 4.75
    clip: float = 0.2
    in_play_fraction: float = 0.4
    alpha: float = 0.01
    horizon_weights: tuple[float, float, float] = (0.25, 0.5, 0.75)
    repeat_weight: float = 0.25
    in_play_weight: float = 0.06
    half_life_days: float = 180.0
    least_factor: float = 0.05
    most_factor: float = 1.0
    flagged_factor: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.bet_fraction * self.clip < 1:
            raise ValueError("bet_fraction x clip must lie between 0 and 1, or the e-value may fall below 0")
        if not 0 < self.in_play_fraction < 1 / (1 + self.null_mean):
            raise ValueError("in_play_fraction must lie between 0 and 1, or the e-value may fall below 0")
        if self.prior_mean >= 0:
            raise ValueError("prior_mean must be below 0: a bettor without skill loses the margin")

    @property
    def log_threshold(self) -> float:
        """Log of 1/alpha, at which a bettor is flagged."""
        return -log(self.alpha)


POLICY = SharpPolicy()
