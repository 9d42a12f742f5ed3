"""Who is sharp and what is odd: ``risk.bettors.v1``, ``risk.alerts.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Name


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


class Alert(Message):
    """Something that a trader should see; keyed by event or bettor.

    Parameters
    ----------
    alert_id : str
        Unique; a second one with the same id is the same alert.
    kind : str
        ``arbitrage`` (across books), ``own_arbitrage`` (against the operator's price), ``sharp``,
        ``feed_silent``, ``model_refused`` (a champion could not be loaded: the one before goes on),
        ``model_fallback`` (the consensus prices in a model's place, or no longer), ``model_drift`` (a feature
        is not distributed as when the model learned).
    figures : dict of str to float
        What it rests on: margin, stakes, ages.
    """

    alert_id: Name
    kind: Literal[
        "arbitrage",
        "own_arbitrage",
        "sharp",
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
