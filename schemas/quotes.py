"""What a bookmaker or exchange shows: ``odds.quotes.v1``."""

from typing import Annotated

from pydantic import Field

from schemas.base import Message, Millis, Name, Price


class Quote(Message):
    """One book's one market at one instant, all its prices in one message.

    Parameters
    ----------
    event_id : str
        The event; the key of the record.
    market : str
        Type and line: ``1x2``, ``ou:2.5`` (total over or under), ``ah:-0.5`` (Asian handicap of the home
        side), ``ml`` (two-way winner).
    book : str
        Who quotes.
    feed : str
        Through whom the quote came.
    prices : dict of str to float
        Decimal odds by outcome. Empty means that the book has withdrawn the market.
    event_time_ms : int
        When the feed saw the quote, UTC milliseconds.
    quoted_at_ms : int
        When the book last confirmed it; its age is counted from here.
    session, sequence : int
        The number of the quote among its feed's on this partition, from 1 without a gap, and the run of the
        feed that counts: UTC milliseconds of its start. 0: the feed does not count.
    """

    event_id: Name
    market: Name
    book: Name
    feed: Name
    prices: dict[Name, Price]
    event_time_ms: Millis
    quoted_at_ms: Millis = Field(description="when the book last confirmed the prices")
    session: Millis = 0
    sequence: Annotated[int, Field(ge=0)] = 0
