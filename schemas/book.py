"""What an operator may win and lose: ``book.exposure.v1``."""

from schemas.base import Message, Millis, Minor, Name


class MarketExposure(Message):
    """Accepted stakes and what they pay, on one market.

    Parameters
    ----------
    stakes : int
        Sum of the accepted stakes, minor units.
    payouts : dict of str to int
        What the book pays if the outcome wins; an outcome without bets pays 0.
    """

    stakes: Minor
    payouts: dict[Name, Minor]


class Exposure(Message):
    """One operator's book on one event; keyed by event, compacted by ``operator|event_id``.

    Parameters
    ----------
    version : int
        Counts the accepted bets in this book.
    worst_case : int
        The most that can be lost, markets added up (they are taken as unrelated): 0 or more, minor units.
    """

    operator: Name
    event_id: Name
    version: int
    markets: dict[Name, MarketExposure]
    worst_case: Minor
    event_time_ms: Millis
