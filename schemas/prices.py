"""What an outcome is worth, ``prices.fair.v1``; what an operator asks, ``prices.offered.<operator>.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Minor, Name, Price, Probability

OperatorState = Literal["ACTIVE", "REDUCING", "HALTED"]
"""Takes bets; takes those alone that do not deepen what it may lose; takes none."""


class BookShare(Message):
    """What one book counted in a consensus.

    Parameters
    ----------
    partition, offset : int
        The record of ``odds.quotes.v1`` that was used.
    weight : float
        Its share of the consensus, 0 to 1; the shares of a price sum to one.
    since : int
        Sequence of the fair price that stood when the book last changed its prices; 0: before the first. A
        book that has not moved while the market did is frozen.
    rejected : str or None
        Why it did not count: ``withdrawn``, ``outcomes``, ``silent`` (its feed is), ``unconfirmed`` (not
        shown again since its feed was silent or lost messages), ``stale``, ``copy``, ``range``,
        ``overround``, ``excluded``, ``swapped``, ``frozen`` or ``outlier``.
    copy_of : str or None
        The book that it repeats with a delay, where that was found out.
    """

    book: Name
    partition: int
    offset: int
    weight: Annotated[float, Field(ge=0, le=1)]
    since: int = 0
    rejected: str | None = None
    copy_of: Name | None = None


class Correction(Message):
    """What a model's correction of a consensus stands on: with these and the model it comes out again.

    Parameters
    ----------
    features : list of float or None
        In the order of the model card's ``features``, as single-precision numbers; None where unknown.
    evidence : float
        How far the correction was trusted, 0 to 1.
    """

    features: list[float | None]
    evidence: Probability


class MatchState(Message):
    """How a match stands.

    Parameters
    ----------
    home, away : int
        Goals.
    clock_s : int
        Seconds played, half time left out.
    home_reds, away_reds : int
        Players sent off.
    """

    home: Annotated[int, Field(ge=0)]
    away: Annotated[int, Field(ge=0)]
    clock_s: Annotated[int, Field(ge=0)]
    home_reds: Annotated[int, Field(ge=0)] = 0
    away_reds: Annotated[int, Field(ge=0)] = 0


class Derivation(Message):
    """What the price of a market that no book quotes stands on: its event's measure over final scores.

    Parameters
    ----------
    sport : str
        Whose family of measures it is.
    sources : dict of str to int
        By market, the sequence of the fair price that the measure was fitted to, from before the start.
    state : MatchState or None
        How far the match is, where the measure was carried on in play.
    anchors : dict of str to int
        By market, the sequence of the live fair price that the measure was then brought in line with.
    support : int
        How many books count in the weakest of the prices that it stands on; 0 where there are too few.
    """

    sport: str
    sources: dict[Name, int] = Field(default_factory=dict)
    state: MatchState | None = None
    anchors: dict[Name, int] = Field(default_factory=dict)
    support: Annotated[int, Field(ge=0)] = 0


class FairPrice(Message):
    """The probabilities of one market's outcomes, as the compiler sees them.

    Parameters
    ----------
    sequence : int
        Counts this market's fair prices from 1, without a gap.
    probabilities : dict of str to float
        By outcome, summing to one; empty when no book counts.
    books : list of BookShare
        Who counted how much, and who was rejected and why.
    model : str
        What made it: ``consensus``, or the name of a model.
    consensus : dict of str to float
        What the model has corrected, by outcome; empty where the probabilities are the consensus itself.
    correction : Correction or None
        What the model went by; None where there was none.
    disagreement : float
        How far the counting books stand from the consensus: the mean by weight, of each the largest
        |difference of log-odds| x sqrt(p (1 - p)) over the outcomes.
    settings : str
        The name of the consensus's settings; empty for the default ones.
    derived : Derivation or None
        What a price of model ``states`` stands on: the market is quoted by nobody, its price follows from
        other markets of the event.
    event_time_ms : int
        The event time of the newest quote or heartbeat behind it.
    as_of_ms : int
        The instant that ages were counted from.
    """

    event_id: Name
    market: Name
    sequence: Annotated[int, Field(ge=1)]
    probabilities: dict[Name, Probability]
    books: list[BookShare]
    model: Name
    consensus: dict[Name, Probability] = Field(default_factory=dict)
    correction: Correction | None = None
    disagreement: Annotated[float, Field(ge=0)] = 0.0
    event_time_ms: Millis
    as_of_ms: Millis
    settings: str = ""
    derived: Derivation | None = None

    @property
    def uncorrected(self) -> dict[str, float]:
        """The consensus behind it, by outcome."""
        return self.consensus or self.probabilities

    @property
    def counting(self) -> int:
        """How many books count."""
        if self.derived is not None:
            return self.derived.support
        return sum(share.rejected is None for share in self.books)


class LiveBasis(Message):
    """What is known of an event in play, and of when a price of it is; event times.

    Parameters
    ----------
    changed_ms : int
        When the score or the number of players last changed, or was first known.
    heard_ms : int
        When the state of the match was last told.
    oldest_ms, newest_ms : int
        When the oldest and the newest of the quotes that count were seen. For a derived price, which is made
        from the state of the match: when that was last told, and 0 for ``oldest_ms`` where the price was made
        from another score.
    """

    changed_ms: Millis
    heard_ms: Millis
    oldest_ms: Millis
    newest_ms: Millis


class PriceBasis(Message):
    """What a price stands on beside fair price, exposure, settings and the price before it.

    Parameters
    ----------
    sport, competition : str
        Of the event, where the margin goes by them.
    market : dict of str to float
        The best price of other books by outcome, where the rules look at it.
    followed : dict of str to float
        The shortest price by outcome of the books that are followed.
    bounds : dict of str to float
        The highest price by outcome that leaves no arbitrage with the operator's other prices on the event.
    overrides : dict of str to float
        Prices that a trader has fixed.
    moves : dict of str to float
        By how much a trader has moved the log-odds of outcomes.
    state : str
        ``ACTIVE``, ``REDUCING`` or ``HALTED``.
    limits : dict of str to int
        Limits that a trader has set in place of those of the settings, minor units.
    scores_sequence : int
        Which measure over the final scores the skew went by, over all markets of the event; 0: the market's
        own stakes alone, or there was no skew.
    live : LiveBasis or None
        In play, for an operator that offers then; None while nothing is known of how the match stands.
    """

    sport: str = ""
    competition: str = ""
    market: dict[Name, Price] = Field(default_factory=dict)
    followed: dict[Name, Price] = Field(default_factory=dict)
    bounds: dict[Name, Price] = Field(default_factory=dict)
    overrides: dict[Name, Price] = Field(default_factory=dict)
    moves: dict[Name, float] = Field(default_factory=dict)
    state: OperatorState = "ACTIVE"
    limits: dict[Name, Minor] = Field(default_factory=dict)
    live: LiveBasis | None = None
    scores_sequence: Annotated[int, Field(ge=0)] = 0


class OfferedPrice(Message):
    """What an operator offers on one market. Compacted: the latest is the snapshot.

    Parameters
    ----------
    sequence : int
        Counts this operator's prices of this market from 1, without a gap; a gap means: take a new image.
    prices : dict of str to float
        Decimal odds by outcome, on the price ladder; kept when suspended, but no bet is taken then.
    suspended : str or None
        Why no bet is taken: ``few_books``, ``started``, ``unknown_fixture``, ``operator``, ``no_price``,
        ``mandatory`` (a book that the operator insists on does not count), ``halted`` (the operator takes no
        bets at all), ``finished``, or in play ``score`` (it has just changed, or the price does not know it)
        and ``stale`` (nothing was heard for too long); None while the market is open.
    fair_sequence, exposure_version, settings_version : int
        What the price stands on: the fair price, the operator's exposure on the event (0: none) and the
        operator's profile.
    overround : float
        The sum of 1/price as offered; 0 where there is no price.
    starts_at_ms : int or None
        The event's start as it was known then; None for an unknown fixture.
    target_overround : float
        What the margin aimed at; 0 where there is no fair price.
    confidence : float
        The share of the market's limits that the price is good for.
    held : bool
        Whether the largest move per second holds the price back: it goes on moving.
    basis : PriceBasis or None
        What else it stands on; None where that is nothing.
    """

    operator: Name
    event_id: Name
    market: Name
    sequence: Annotated[int, Field(ge=1)]
    prices: dict[Name, Price]
    suspended: str | None = None
    fair_sequence: int
    exposure_version: int
    settings_version: int
    overround: float = Field(ge=0)
    starts_at_ms: Millis | None = None
    event_time_ms: Millis
    target_overround: Annotated[float, Field(ge=0)] = 0.0
    confidence: Probability = 1.0
    held: bool = False
    basis: PriceBasis | None = None
