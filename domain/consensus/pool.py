"""The weighted mean of what the books that count see.

Each book's de-vigged prices become log-odds; the consensus is their mean, the weight being the book's
sharpness, halved with every half-life of its age, and less where the book stands far from the others. Linear,
logarithmic and log-odds pooling differ by less than 1e-6 in log loss on the football recordings; log-odds
treats an outcome and its opposite alike.
"""

from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter, itemgetter, mul

from domain.consensus.config import DEFAULT_CONFIG, ConsensusConfig
from domain.consensus.quote import BookQuote, Consensus
from domain.consensus.screen import Standing, screen
from domain.consensus.view import View, probabilities_of, reading

_by_book = attrgetter("book")


def consensus(
    outcomes: Sequence[str],
    quotes: Sequence[BookQuote],
    config: ConsensusConfig = DEFAULT_CONFIG,
    winners: float = 1.0,
) -> Consensus:
    """Return the probabilities that many books' quotes of one market amount to.

    Parameters
    ----------
    outcomes : sequence of str
        All outcomes of the market, in the order wanted.
    quotes : sequence of BookQuote
        One per book, in any order: the result is the same to the bit.
    winners : float
        How many outcomes win.

    Raises
    ------
    ValueError
        When a book comes twice.
    """
    standing, rejected = _sorted_out(outcomes, quotes, config, winners)
    faults, weights = screen(standing, config) if len(standing.views) > 1 else ({}, standing.weights)
    books, views = [quote.book for quote in standing.quotes], standing.views
    if faults:
        rejected.update(faults)
        counting = [i for i, book in enumerate(books) if book not in faults]
        books = [books[i] for i in counting]
        views = [views[i] for i in counting]
        weights = [weights[i] for i in counting]
    if rejected:
        rejected = dict(sorted(rejected.items()))
    if len(books) < max(1, config.min_books):
        return Consensus((), {}, rejected, "few_books")
    if config.mandatory and not set(books).issuperset(config.mandatory):
        return Consensus((), {}, rejected, "mandatory")
    shares = _shares(weights, config.max_share)
    mean = [sum(map(mul, shares, column)) for column in zip(*views, strict=True)]
    return Consensus(probabilities_of(mean, winners), dict(zip(books, shares, strict=True)), rejected)


def _sorted_out(
    outcomes: Sequence[str], quotes: Sequence[BookQuote], config: ConsensusConfig, winners: float
) -> tuple[Standing, dict[str, str]]:
    """Part the quotes that are in order by themselves from those that are not, in the order of the books."""
    in_order = sorted(quotes, key=_by_book)
    if len({quote.book for quote in in_order}) < len(in_order):
        raise ValueError(f"two quotes of {_first_twice(in_order)!r}")
    standing = Standing()
    rejected: dict[str, str] = {}
    width, ages = len(outcomes), config.max_age_by_book
    pick = itemgetter(*outcomes) if width > 1 else None
    known, default = config.sharpness, config.default_sharpness
    read = reading(
        config.method, winners, (*config.price_range, config.min_overround, config.max_overround)
    ).view
    for quote in in_order:
        max_age_s = ages.get(quote.book, config.max_age_s) if ages else config.max_age_s
        view: View | str = _amiss(quote, width, max_age_s)
        if not view and pick is not None:
            try:
                view = read(pick(quote.prices))
            except KeyError:
                view = "outcomes"
        sharpness = known.get(quote.book)
        if sharpness is None:
            sharpness = known.get(quote.book.lower(), default)
        if isinstance(view, str):
            rejected[quote.book] = view
        elif sharpness <= 0.0:
            rejected[quote.book] = "excluded"
        else:
            standing.quotes.append(quote)
            standing.views.append(view)
            standing.sharpness.append(sharpness)
            standing.weights.append(sharpness * 0.5 ** (quote.age_s / config.half_life_s))
    return standing, rejected


def _amiss(quote: BookQuote, width: int, max_age_s: float) -> str:
    """Return what is wrong with a quote before its prices are read; empty for nothing."""
    if not quote.prices:
        return "withdrawn"
    if len(quote.prices) != width or width < 2:
        return "outcomes"
    if quote.doubt:
        return quote.doubt
    if not quote.age_s <= max_age_s:
        return "stale"
    return "copy" if quote.copies else ""


def _first_twice(in_order: Sequence[BookQuote]) -> str:
    return next(one.book for one, other in pairwise(in_order) if one.book == other.book)


def _shares(weights: Sequence[float], max_share: float) -> list[float]:
    """Return weights as shares of one, the largest cut to ``max_share`` where there are others."""
    total = sum(weights)
    largest = max(weights)
    if largest > max_share * total and len(weights) > 1 and max_share < 1.0:
        # Only one book can hold more than half.
        cut = max_share / (1.0 - max_share) * (total - largest)
        total += cut - largest
        weights = [cut if weight == largest else weight for weight in weights]
    return [weight / total for weight in weights]
