"""How an operator prices: what moves its margin, and what its prices keep to."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Name

Factor = Annotated[float, Field(ge=0, le=10)]


class TimeFactor(Message):
    """What the margin is multiplied with from ``within_h`` hours before the start on."""

    within_h: Annotated[float, Field(gt=0)]
    factor: Factor


class DynamicMargin(Message):
    """What moves a margin; as it comes, nothing does. A margin of 5% times a factor of 1.2 is 6%.

    Parameters
    ----------
    sports, competitions : dict of str to float
        Factors by name; the rest has 1. Tiers of competitions are factors that several of them share.
    times : list of TimeFactor
        The nearest that the start is within counts; before all of them the farthest does.
    distrust : float
        The margin grows by this share where a price is good for nothing, and by less the more books count and
        agree.
    sharp : float
        It grows by this share where all the stakes of a market came from sharps.
    exposure : float
        It grows by this share where a market's worst case has reached its limit.
    live : float
        What it is multiplied with once the event has started.
    most : float
        The highest overround that comes of it.
    """

    sports: dict[Name, Factor] = Field(default_factory=dict)
    competitions: dict[Name, Factor] = Field(default_factory=dict)
    times: list[TimeFactor] = Field(default_factory=list)
    distrust: Factor = 0.0
    sharp: Factor = 0.0
    exposure: Factor = 0.0
    live: Factor = 1.0
    most: Annotated[float, Field(ge=1.0, le=2.0)] = 1.25


class PriceRules(Message):
    """What an operator's prices keep to.

    Parameters
    ----------
    ladder : str
        The prices that may be shown.
    min_ticks : int
        A market in which no price moves by as many ticks keeps its prices; 1: every move counts.
    max_move : float or None
        The largest change of a price in one second, as a share of it; what is left follows.
    as_short_as : list of str
        Books; no price is longer than the shortest that these show.
    max_arbitrage : float or None
        The most that bettors may win for sure per unit, by combining these prices with the market's best; 0
        leaves nothing, None does not look at the market.
    """

    ladder: Literal["two_decimals", "betfair"] = "two_decimals"
    min_ticks: Annotated[int, Field(ge=1)] = 1
    max_move: Annotated[float, Field(gt=0, le=1)] | None = None
    as_short_as: list[Name] = Field(default_factory=list)
    max_arbitrage: Annotated[float, Field(ge=0, le=0.5)] | None = None

    @property
    def looks_at_market(self) -> bool:
        """Whether prices depend on what other books show now."""
        return self.max_arbitrage is not None or bool(self.as_short_as)
