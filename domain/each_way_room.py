"""What an each-way single does to a book, and what room there is for it."""

from domain.bets.each_way import PARTS, EachWay
from domain.book import EventBook


def split_market_room(book: EventBook, split: EachWay, limit: int) -> int:
    """Return the largest stake of which each half keeps its market's worst case within ``limit``."""
    return PARTS * max(
        0,
        min(
            book.market_room(split.market, split.outcome, split.price, limit),
            book.market_room(split.place_market, split.outcome, split.place_price, limit),
        ),
    )


def split_worst_case(book: EventBook, split: EachWay, stake: int) -> int:
    """Return the event's worst case with an each-way single in the book, markets added up."""
    holds = split.holds(stake)
    others = book.worst_case() - sum(book.worst_case(hold.market) for hold in holds)
    return others + sum(
        book.worst_case_with(hold.market, hold.outcome, hold.stake, hold.payout) for hold in holds
    )


def split_event_room(book: EventBook, split: EachWay, limit: int) -> int:
    """Return the largest stake that keeps the event's worst case within ``limit``, or does not deepen it.

    The worst case is convex in the stake, so that every smaller one is taken as well.
    """
    bound = max(limit, book.worst_case())
    low, high = 0, 1
    while split_worst_case(book, split, high * PARTS) <= bound:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if split_worst_case(book, split, middle * PARTS) <= bound:
            low = middle
        else:
            high = middle
    return low * PARTS
