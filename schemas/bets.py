"""A bet's way: ``bets.placed.v1``, ``bets.assessed.v1``, ``bets.decisions.v1``, ``bets.marked.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Minor, Name, Probability


class Leg(Message):
    """One selection of a bet: an outcome of a market of an event, at a price."""

    event_id: Name
    market: Name
    outcome: Name
    price: float = Field(description="decimal odds that the bettor saw")
    price_sequence: int | None = Field(default=None, description="the offered price's sequence, if known")


class Bet(Message):
    """A bettor wants to bet; the record's key is ``operator|bettor``.

    A bet is known by operator, bettor and bet_id together. The same bet sent again gets the same decision
    back; the same id with other content goes to ``bets.placed.v1.dlq`` as ``duplicate_bet_id``.

    Parameters
    ----------
    stake : int
        Minor units of the operator's currency. What is not a sensible stake or price is rejected by a rule,
        with a decision, not by the schema.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    legs: Annotated[list[Leg], Field(min_length=1, max_length=12)]
    stake: Minor
    event_time_ms: Millis


class StakeFactor(Message):
    """A bettor's standing when the bet was assessed.

    Parameters
    ----------
    factor : float
        Share of the operator's stake limit that this bettor gets; 0 is a ban.
    bets_last_minute : int
        Of this bettor, this one included, by event time.
    risk_version : int
        Version of the bettor's risk that the factor comes from; 0: none yet.
    """

    factor: Annotated[float, Field(ge=0)]
    bets_last_minute: int
    risk_version: int = 0


class AssessedBet(Message):
    """A bet with its bettor's standing; keyed by the event of its first leg."""

    bet: Bet
    standing: StakeFactor
    received_at_ms: Millis = Field(description="wall clock of the bet's producer")
    event_time_ms: Millis


class RuleFigure(Message):
    """What one rule found.

    Parameters
    ----------
    rule : str
        The rule's name, which is also its reason code.
    passed : bool
        Whether the bet stands before the rule at its full stake.
    figure, limit : float
        What the rule measured, and what it compared with.
    max_stake : int or None
        The largest stake that the rule would take, where it can say.
    """

    rule: Name
    passed: bool
    figure: float
    limit: float
    max_stake: Minor | None = None


class StoodOn(Message):
    """What a decision was taken on; recomputed from these it gives itself again."""

    price: float | None
    price_sequence: int
    exposure_version: int
    settings_version: int
    suspended: str | None = None
    starts_at_ms: Millis | None = None


class Decision(Message):
    """What became of a bet; keyed by event. A bet is decided once.

    Parameters
    ----------
    decision : str
        ``accepted``, ``rejected``, or ``alternative``: not at this stake, but ``stake`` would be taken.
    reasons : list of str
        Codes of the rules that did not pass, in the order of the rules; empty when accepted.
    stake : int
        Accepted: the stake taken. Alternative: the stake that would be taken. Rejected: 0. Minor units.
    price : float
        Accepted: the price at which it was taken. Else the standing price, or 0 where there is none.
    payout : int
        What the book pays if the bet wins, stake included; 0 unless accepted.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    event_id: Name
    market: Name
    outcome: Name
    decision: Literal["accepted", "rejected", "alternative"]
    reasons: list[Name]
    stake: Minor
    price: float
    payout: Minor
    requested_stake: Minor
    requested_price: float
    received_at_ms: Millis
    standing: StakeFactor
    rules: list[RuleFigure]
    stood_on: StoodOn
    event_time_ms: Millis


Horizon = Literal["10s", "60s", "300s", "close"]


class Mark(Message):
    """How good a bet's price turned out to be at a horizon; keyed by ``operator|bettor``.

    Parameters
    ----------
    horizon : str
        ``10s``, ``60s``, ``300s`` after the bet, or ``close`` (the last fair price before the start).
    clv : float
        price x probability - 1: positive when the bettor beat the market.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    event_id: Name
    market: Name
    outcome: Name
    horizon: Horizon
    price: float
    probability: Probability
    clv: float
    fair_sequence: int
    stake: Minor
    event_time_ms: Millis
