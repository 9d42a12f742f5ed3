"""How far the books that count stand from their consensus."""

from collections.abc import Mapping, Sequence

from domain.consensus.config import ConsensusConfig
from domain.consensus.view import departure, log_odds, reading, scale_at


def disagreement(
    outcomes: Sequence[str],
    probabilities: Sequence[float],
    shares: Mapping[str, float],
    prices: Mapping[str, Mapping[str, float]],
    config: ConsensusConfig,
    winners: float = 1.0,
) -> float:
    """Return the mean by share of the books' distances to the consensus.

    A distance is the largest |difference of log-odds| x sqrt(p (1 - p)) over the outcomes: 0.03 is a point
    and a half at evens.

    Parameters
    ----------
    probabilities : sequence of float
        The consensus, in the order of ``outcomes``.
    shares : mapping of str to float
        By book that counts, summing to one.
    prices : mapping of str to mapping of str to float
        What they show, by book and outcome.
    """
    centre = log_odds(probabilities)
    scales = [scale_at(x) for x in centre]
    limits = (*config.price_range, config.min_overround, config.max_overround)
    read = reading(config.method, winners, limits).view
    total = 0.0
    for book, share in shares.items():
        view = read(tuple([prices[book][outcome] for outcome in outcomes]))
        if not isinstance(view, str):
            total += share * departure(view, centre, scales)
    return total
