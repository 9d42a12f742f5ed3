"""What synthetic bettors see, and what they want."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What may be known of a market beside an operator's price; by outcome, None where nobody knows.

    Parameters
    ----------
    fair : mapping or None
        Probabilities as the market has them now.
    close : mapping or None
        Probabilities at the close. Taken from a recording: no real bettor has them, a sharp one comes near.
    soon : mapping or None
        Probabilities a few seconds from now, in play.
    moved : mapping or None
        By how much the log of the fair probability rose in the last minutes.
    rivals : mapping or None
        The best price elsewhere.
    moves_after_ms : int or None
        When the price is going to move, from the instant that the knowledge is of.
    """

    fair: Mapping[str, float] | None = None
    close: Mapping[str, float] | None = None
    soon: Mapping[str, float] | None = None
    moved: Mapping[str, float] | None = None
    rivals: Mapping[str, float] | None = None
    moves_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An operator's prices on one market, open for bets.

    Parameters
    ----------
    prices : mapping of str to float
        Decimal odds by outcome.
    sequence : int
        Of the offered price.
    crowd : float
        How much of the crowd looks at it, beside other offers.
    """

    operator: str
    event_id: str
    market: str
    prices: Mapping[str, float]
    sequence: int
    knowledge: Knowledge = field(default=Knowledge())
    crowd: float = 1.0


@dataclass(frozen=True, slots=True)
class Intent:
    """A bet that a synthetic bettor wants to place.

    Parameters
    ----------
    price, sequence : float, int
        What it saw.
    stake : int
        Minor units.
    promotion : bool
        Whether it uses a promotion.
    device, address : str
        What it comes from.
    """

    time_ms: int
    operator: str
    bettor: str
    event_id: str
    market: str
    outcome: str
    price: float
    sequence: int
    stake: int
    promotion: bool
    device: str = ""
    address: str = ""
