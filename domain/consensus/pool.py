"""The weighted mean of what the books that count see.

Each book's de-vigged prices become log-odds; the consensus is their mean, the weight being the book's
sharpness, halved with every half-life of its age. Linear, logarithmic and log-odds pooling differ by less
than 1e-6 in log loss on the football recordings; log-odds treats an outcome and its opposite alike.
"""

from collections.abc import Sequence
from operator import attrgetter, mul

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
    faults = screen(standing, config) if len(standing.books) > 1 else {}
    if faults:
        rejected.update(faults)
    counting = [i for i, book in enumerate(standing.books) if book not in faults]
    books = [standing.books[i] for i in counting]
    rejected = dict(sorted(rejected.items()))
    if len(books) < max(1, config.min_books):
        return Consensus((), {}, rejected, "few_books")
    if config.mandatory and not set(books).issuperset(config.mandatory):
        return Consensus((), {}, rejected, "mandatory")
    shares = _shares([standing.weights[i] for i in counting], config.max_share)
    columns = zip(*[standing.views[i] for i in counting], strict=True)
    mean = [sum(map(mul, shares, column)) for column in columns]
    return Consensus(probabilities_of(mean, winners), dict(zip(books, shares, strict=True)), rejected)


def _sorted_out(
    outcomes: Sequence[str], quotes: Sequence[BookQuote], config: ConsensusConfig, winners: float
) -> tuple[Standing, dict[str, str]]:
    """Part the quotes that are in order by themselves from those that are not, in the order of the books."""
    standing = Standing()
    rejected: dict[str, str] = {}
    names = set(outcomes)
    limits = (*config.price_range, config.min_overround, config.max_overround)
    read = reading(config.method, winners, limits)
    for quote in sorted(quotes, key=_by_book):
        book, prices = quote.book, quote.prices
        if book in rejected or (standing.books and standing.books[-1] == book):
            raise ValueError(f"two quotes of {book!r}")
        view: View | str
        if not prices:
            view = "withdrawn"
        elif prices.keys() != names:
            view = "outcomes"
        elif not quote.age_s <= config.max_age_s:
            view = "stale"
        elif quote.copies:
            view = "copy"
        else:
            view = read.view(tuple([prices[name] for name in outcomes]))
        sharpness = config.sharpness.get(book.lower(), config.default_sharpness)
        if isinstance(view, str):
            rejected[book] = view
        elif sharpness <= 0.0:
            rejected[book] = "excluded"
        else:
            standing.books.append(book)
            standing.views.append(view)
            standing.sharpness.append(sharpness)
            standing.weights.append(sharpness * 0.5 ** (quote.age_s / config.half_life_s))
            standing.fair_then.append(quote.fair_then)
            if quote.fair_then:
                standing.remembered = True
    return standing, rejected


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
