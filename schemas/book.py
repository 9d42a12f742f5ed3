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
    sharp : int
        How much of the stakes came from sharps: each stake times 1 less its bettor's stake factor.
    """

    stakes: Minor
    payouts: dict[Name, Minor]
    sharp: Minor = 0


class Exposure(Message):
    """One operator's book on one event; keyed by event, compacted by ``operator|event_id``.

    Parameters
    ----------
    version : int
        Counts the changes of this book.
    worst_case : int
        The most that can be lost, markets added up (they are taken as unrelated): 0 or more, minor units.
    bets : int
        How many holds are in it: a single's stake, or a leg's conditional stake; none once settled.
    """

    operator: Name
    event_id: Name
    version: int
    markets: dict[Name, MarketExposure]
    worst_case: Minor
    event_time_ms: Millis
    bets: int = 0
