"""What all of an operator's open bets may cost it together: ``risk.portfolios.v1``."""

from typing import Annotated

from pydantic import Field

from schemas.base import Message, Millis, Minor, Name, Price


class TailFigure(Message):
    """One level of the tail, minor units; errors are one standard error of the simulation.

    Parameters
    ----------
    level : float
        0.95, 0.99.
    value_at_risk : float
        The loss that is not exceeded with that probability; below 0: a profit.
    shortfall : float
        The mean of the losses beyond it.
    """

    level: Annotated[float, Field(gt=0, lt=1)]
    value_at_risk: float
    value_at_risk_error: Annotated[float, Field(ge=0)]
    shortfall: float
    shortfall_error: Annotated[float, Field(ge=0)]


class HedgeBet(Message):
    """A bet elsewhere that would make the worst case smaller.

    Parameters
    ----------
    book : str
        Where.
    price : float
        Decimal odds as last seen there.
    stake : int
        Minor units.
    """

    book: Name
    market: Name
    outcome: Name
    price: Price
    stake: Annotated[Minor, Field(gt=0)]


class EventRisk(Message):
    """What one event may cost.

    Parameters
    ----------
    worst_case : int
        The most that can be lost, over final scores where the event has a measure: 0 or more, minor units.
    expected, sd : float
        Mean and standard deviation of the profit, minor units.
    scored : bool
        Whether it was looked at by final scores; else market by market.
    hedge : list of HedgeBet
        The bets elsewhere that make the worst case least, largest first; empty where none helps.
    hedged_worst_case : int
        What it is with them; below 0: a sure profit.
    hedge_cost : float
        What they lose on average, minor units.
    """

    event_id: Name
    worst_case: Minor
    expected: float
    sd: Annotated[float, Field(ge=0)]
    scored: bool = False
    hedge: list[HedgeBet] = Field(default_factory=list)
    hedged_worst_case: Minor = 0
    hedge_cost: float = 0.0


class Portfolio(Message):
    """An operator's portfolio with nothing more settled; compacted, the latest per operator.

    Parameters
    ----------
    event_time_ms : int
        The newest price or bet that it goes by.
    expected, expected_error, sd : float
        Of the profit, minor units.
    worst_case : float
        If every event and every bet across events went wrong at once.
    tail : list of TailFigure
        By level.
    draws : int
        Of the simulation.
    open_events : int
        How many events hold bets.
    lines, carried_lines : int
        Lines of bets on several events that were simulated across them, and those that were counted as what
        they carry to each event, which overstates the risk.
    events : list of EventRisk
        Those with the largest worst cases.
    """

    operator: Name
    event_time_ms: Millis
    expected: float
    expected_error: Annotated[float, Field(ge=0)]
    sd: Annotated[float, Field(ge=0)]
    worst_case: float
    tail: list[TailFigure]
    draws: int
    open_events: int
    lines: int = 0
    carried_lines: int = 0
    events: list[EventRisk] = Field(default_factory=list)
