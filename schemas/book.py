"""What an operator may win and lose: ``book.exposure.v1``."""

from typing import Annotated

from pydantic import Field

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


class Allotment(Message):
    """What one partition may lose of a limit that many events share; keyed by limit and partition.

    Parameters
    ----------
    operator : str
        Whose limit it is; ``platform`` for that of the platform itself.
    scope : str
        What counts towards it: ``all``, ``sport:<sport>`` or ``competition:<competition>``.
    partition : int
        Whose amount it is.
    version : int
        Counts the amounts of this limit and partition from 1. The highest that came stands.
    amount : int
        Worst cases of the partition's books, added up, stay within it, minor units.
    """

    operator: Name
    scope: Name
    partition: Annotated[int, Field(ge=0)]
    version: Annotated[int, Field(ge=1)]
    amount: Annotated[Minor, Field(ge=0)]
    event_time_ms: Millis


class AllotmentUse(Message):
    """What a partition says of its amount: an answer to a new one, that it runs short, or has some to spare.

    Parameters
    ----------
    version : int
        Of the amount that it goes by; 0: it has none.
    allotted : int
        What it goes by: the amount, or what it had used of the one before, where it was to give some back.
    used : int
        The worst cases of its books, added up.
    need : int
        What it asks for beyond what it has.
    """

    operator: Name
    scope: Name
    partition: Annotated[int, Field(ge=0)]
    version: Annotated[int, Field(ge=0)]
    allotted: Annotated[Minor, Field(ge=0)]
    used: Annotated[Minor, Field(ge=0)]
    need: Annotated[Minor, Field(ge=0)]
    event_time_ms: Millis
