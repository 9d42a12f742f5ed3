"""What models learn from and which one prices: ``events.closed.v1``, ``models.champions.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Name, Price, Probability

Three = Annotated[list[Probability], Field(min_length=3, max_length=3)]
ThreePrices = Annotated[list[Price], Field(min_length=3, max_length=3)]
Two = Annotated[list[Probability], Field(min_length=2, max_length=2)]
TwoPrices = Annotated[list[Price], Field(min_length=2, max_length=2)]


class ClosedMatch(Message):
    """A match that is over, with its prices as first looked at and at the close; broadcast.

    The form of teams, drift and retraining are made of these and of nothing else. Probabilities and prices
    of 1X2 are in the order home, draw, away; those of 2.5 goals, whose fields begin with ``total_``, in the
    order over, under; those of who wins where there is no draw, ``two_way_``, in the order home, away.

    Parameters
    ----------
    final_at_ms : int
        When the result was known; prices before it do not know it.
    as_of_ms : int or None
        The instant of ``consensus`` and ``books``; None where no book quoted before the start.
    consensus : list of float or None
        The consensus then.
    books : dict of str to list of float
        The prices of the books that counted in it.
    closing : list of float or None
        The last consensus before the start.
    home_score, away_score : int
        At full time; sets in tennis.
    model : str
        The champion at ``as_of_ms``; ``consensus`` where there was none, or nothing to go by.
    corrected : list of float or None
        What it said, whether or not prices followed it.
    features : list of float or None
        What it went by, in the order of its card.
    total_as_of_ms, total_consensus, total_books, total_closing, total_model, total_corrected, total_features
        The same of over and under 2.5 goals.
    two_way_as_of_ms, two_way_consensus, two_way_books, two_way_closing
        The same of who wins, where there is no draw (tennis).
    two_way_model, two_way_corrected, two_way_features
        And of its champion.
    """

    event_id: Name
    competition: Name
    home: Name
    away: Name
    starts_at_ms: Millis
    final_at_ms: Millis
    as_of_ms: Millis | None = None
    consensus: Three | None = None
    books: dict[Name, ThreePrices] = Field(default_factory=dict)
    closing: Three | None = None
    home_score: Annotated[int, Field(ge=0)]
    away_score: Annotated[int, Field(ge=0)]
    model: Name = "consensus"
    corrected: Three | None = None
    features: list[float | None] = Field(default_factory=list)
    total_as_of_ms: Millis | None = None
    total_consensus: Two | None = None
    total_books: dict[Name, TwoPrices] = Field(default_factory=dict)
    total_closing: Two | None = None
    total_model: Name = "consensus"
    total_corrected: Two | None = None
    total_features: list[float | None] = Field(default_factory=list)
    two_way_as_of_ms: Millis | None = None
    two_way_consensus: Two | None = None
    two_way_books: dict[Name, TwoPrices] = Field(default_factory=dict)
    two_way_closing: Two | None = None
    two_way_model: Name = "consensus"
    two_way_corrected: Two | None = None
    two_way_features: list[float | None] = Field(default_factory=list)
    event_time_ms: Millis


class Champion(Message):
    """Which model prices a market type from now on. Broadcast to every partition; compacted by market.

    Parameters
    ----------
    market : str
        ``1x2``, ``ou:2.5``, or ``ml`` (who wins a tennis match).
    model : str
        Name in the registry of models.
    sha256 : str
        Of the model's trees, so that a worker knows that it has the right ones.
    """

    market: Name
    model: Name
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    action: Literal["promote", "rollback"]
    event_time_ms: Millis
