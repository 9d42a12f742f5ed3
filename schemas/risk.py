"""Who is sharp and what is odd: ``risk.bettors.v1``, ``risk.alerts.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Name, Price


class BettorRisk(Message):
    """What is known of a bettor; keyed by ``operator|bettor``, compacted.

    Parameters
    ----------
    version : int
        Counts the changes, from 1.
    bets, marks : int
        Accepted bets seen; marks (one per bet, the latest horizon) behind the estimate.
    clv_mean, posterior_mean, posterior_sd : float
        Mean of the marks, and the normal posterior of the bettor's true CLV.
    log_e_value : float
        Log of the e-process against "no edge".
    flagged : bool
        True from the first time that the e-value reached 1/alpha.
    factor : float
        The stake factor that follows.
    reasons : list of str
        Evidence in words, with numbers.
    suspected : bool
        True while the posterior says that the bettor has an edge: quicker than the flag, with an error rate
        of its own (docs/sharps.md), and taken back when the evidence fades.
    edge_probability : float
        The posterior's probability that the true CLV is above "no edge".
    kind, kind_probability : str or None, float
        The likeliest class of behaviour (``square``, ``value_bettor``, ``steam_chaser``, ``arbitrageur``,
        ...), and how likely; None before there are enough bets.
    review : bool
        Whether the operator's policy wants a person to look at each of the bettor's bets.
    delay_ms : int
        How long the policy has a bet of the bettor wait before it is decided.
    policy_version : int
        Version of the operator's settings that factor, review and delay come from; 0: none.
    """

    operator: Name
    bettor: Name
    version: Annotated[int, Field(ge=1)]
    bets: int
    marks: int
    clv_mean: float
    posterior_mean: float
    posterior_sd: float
    log_e_value: float
    flagged: bool
    factor: Annotated[float, Field(ge=0)]
    reasons: list[str]
    event_time_ms: Millis
    suspected: bool = False
    edge_probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    kind: Name | None = None
    kind_probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    review: bool = False
    delay_ms: Annotated[int, Field(ge=0)] = 0
    policy_version: int = 0


class RingMember(Message):
    """A bettor who bets together with others, as the last search for rings found it; compacted.

    Parameters
    ----------
    ring : str or None
        Names the ring, by its first member; None: the bettor is in none any more.
    members : int
        How many bettors are in it.
    share : float
        Of the limit that this bettor would get alone: all members together get what one would.
    meetings, expected : float
        Selections that the bettor's linked pairs took together, and what chance would give.
    reasons : list of str
        Evidence in words, with numbers.
    """

    operator: Name
    bettor: Name
    ring: Name | None = None
    members: Annotated[int, Field(ge=0)] = 0
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    meetings: float = 0.0
    expected: float = 0.0
    reasons: list[str] = Field(default_factory=list)
    event_time_ms: Millis


class Coherence(Message):
    """How near an operator's own prices of an event come to an arbitrage; ``event_id|operator``, compacted.

    Parameters
    ----------
    margin : float
        What the best portfolio over all of them wins at worst, per unit staked; below 0: what it loses. The
        nearer to 0, the less the prices agree with each other.
    markets : list of str
        Those that the portfolio has a leg in.
    priced : int
        How many markets were open.
    """

    operator: Name
    event_id: Name
    margin: float
    markets: list[Name]
    priced: Annotated[int, Field(ge=1)]
    event_time_ms: Millis


class AlertLeg(Message):
    """One bet of an arbitrage or a middle.

    Parameters
    ----------
    book : str
        Where it can be had; of an operator's own price, the operator.
    price : float
        Decimal odds.
    stake : float
        Share of the total stake.
    """

    market: Name
    outcome: Name
    book: Name
    price: Price
    stake: Annotated[float, Field(ge=0, le=1)]


class Alert(Message):
    """Something that a trader should see; keyed by event or bettor.

    Parameters
    ----------
    alert_id : str
        Unique; a second one with the same id is the same alert.
    kind : str
        ``arbitrage`` (across books), ``own_arbitrage`` (with a leg at the operator's price),
        ``arbitrage_ended`` and ``own_arbitrage_ended`` (it is gone: how long it stood is in ``figures``),
        ``middle``, ``own_middle`` and what ends them (a small loss at worst, a gain expected),
        ``sharp``, ``suspect`` (likely to be sharp), ``ring`` (bettors who bet together),
        ``manual_review`` (a bet is held for a person to look at; for how long is in ``figures``),
        ``feed_silent``, ``model_refused`` (a champion could not be loaded: the one before goes on),
        ``model_fallback`` (the consensus prices in a model's place, or no longer), ``model_drift`` (a feature
        is not distributed as when the model learned).
    figures : dict of str to float
        What it rests on: margin, stakes, ages.
    opened_at_ms, ended_at_ms : int or None
        Of an arbitrage: since when it has stood, and when it was over.
    legs : list of AlertLeg
        Of an arbitrage or a middle, when it is first told of.
    """

    alert_id: Name
    kind: Literal[
        "arbitrage",
        "own_arbitrage",
        "arbitrage_ended",
        "own_arbitrage_ended",
        "middle",
        "own_middle",
        "middle_ended",
        "own_middle_ended",
        "sharp",
        "suspect",
        "ring",
        "manual_review",
        "feed_silent",
        "model_refused",
        "model_fallback",
        "model_drift",
    ]
    subject: Name = Field(description="event_id, operator|bettor without the bar, feed, or model")
    market: Name | None = None
    operator: Name | None = None
    text: str
    figures: dict[str, float]
    event_time_ms: Millis
    opened_at_ms: Millis | None = None
    ended_at_ms: Millis | None = None
    legs: list[AlertLeg] = Field(default_factory=list)
