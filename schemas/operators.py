"""What an operator wants: ``operators.commands.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Minor, Name, Price, Probability
from schemas.prices import OperatorState
from schemas.pricing import DynamicMargin, PriceRules

LimitName = Literal["max_stake", "max_payout", "market_limit", "event_limit"]
"""A limit that a trader may set: its name in the settings."""


TotalScope = Annotated[Name, Field(pattern=r"^(all|(sport|competition):[^|\x00-\x1f]+)$")]
"""What a limit on many events counts."""


class MarginProfile(Message):
    """How much an operator charges on one market type, and how much it may lose there.

    Parameters
    ----------
    overround : float
        The sum of 1/price to aim at, 1.05 being a margin of 5%.
    min_books : int
        When fewer books than this count in the consensus, the market is suspended.
    mandatory : list of str
        Books without which the operator offers nothing: when one of them does not count, the market is
        suspended.
    method : str
        How it is spread over the outcomes: ``power`` and ``shin`` take more of long shots, ``additive`` takes
        as much of each probability, ``multiplicative`` as much of each price.
    dynamic : DynamicMargin
        What moves it.
    """

    overround: Annotated[float, Field(ge=1.0, le=2.0)] = 1.05
    min_books: Annotated[int, Field(ge=1)] = 3
    mandatory: list[Name] = Field(default_factory=list)
    method: Literal["power", "additive", "shin", "multiplicative"] = "power"
    dynamic: DynamicMargin = DynamicMargin()


class Treatment(Message):
    """What an operator does with bettors of one kind.

    Parameters
    ----------
    factor : float or None
        The most of the stake limit that they get; 0 is a ban; None: what their evidence says.
    delay_ms : int
        How long their bets wait before they are decided, event time; a delay in play is added.
    review : bool
        Whether a person has to look at their bets: until one approves they are ``manual_review``.
    """

    factor: Annotated[float, Field(ge=0, le=10)] | None = None
    delay_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    review: bool = False


class PlaceTerms(Message):
    """What an each-way bet's place part is paid on, on one market type.

    Parameters
    ----------
    places : int
        How many finish in a place.
    place_of : int
        The place part wins 1/``place_of`` of what winning would.
    least_outcomes : int
        With fewer outcomes in the market no each-way bet is taken.
    """

    places: Annotated[int, Field(ge=1, le=100)]
    place_of: Annotated[int, Field(ge=1, le=100)]
    least_outcomes: Annotated[int, Field(ge=2)] = 5


class OperatorProfile(Message):
    """All settings of one operator; ``version`` names them in prices and decisions.

    Parameters
    ----------
    currency : str
        ISO 4217; all money is in its minor units.
    margins : dict of str to MarginProfile
        By market type (``1x2``, ``ou``, ``ah``, ``ml``); ``default`` for the rest.
    max_stake, max_payout : int
        The most that one bet may stake and win, minor units.
    bank : int
        What the operator would risk on its edge, minor units: no bettor's limit is above a quarter of Kelly's
        stake, 0.25 x ``bank`` x minus the bettor's closing line value. 0: ``max_stake`` alone counts.
    market_limit, event_limit : int
        The most that the operator may lose on one market and on one event, minor units.
    price_tolerance : float
        By how much of its price a bet may beat the standing price and still be taken at what it asked.
    skew : float
        Risk aversion per minor unit: 0 leaves prices alone, more moves them away from the liability.
    max_bets_per_minute : int
        Of one bettor; beyond it bets are rejected as velocity.
    max_same_per_minute : int
        Of one bettor on the same selections; beyond it bets are rejected as a duplicate pattern.
    max_bet_age_s : float
        A bet that comes in later than this after it was made is late; 0: any age is taken, which a replay of
        a recording needs.
    reservation_s : float
        How long a bet on several events may wait for them, event time; then it is rejected.
    cash_out_margin : float
        How much of a bet's fair value is kept when it is bought back.
    limits : dict of str to dict
        Further limits by where they apply: ``all``, ``sport:<sport>``, ``competition:<competition>``,
        ``market:<type>``, ``pre_match``, ``live``. The least of all that apply to a bet stands.
    totals : dict of str to int
        The most that may be lost on many events together, minor units: on ``all``, ``sport:<sport>``,
        ``competition:<competition>``. Their worst cases are added up. Those of the operator ``platform`` hold
        for all operators together, whose minor units are added as they are.
    in_play : bool
        Whether an event is offered, and bets on it are taken, after it has started.
    same_game : bool
        Whether several legs on one event are taken as a same-game multiple; after the start with ``in_play``.
    place_terms : dict of str to PlaceTerms
        By market type: where each-way singles are taken, and how their place part is paid.
    live_delay_ms : int
        How long such a bet, or leg of a bet on several events, is held before it is looked at again and
        decided, event time.
    live_pause_s : float
        How long an event in play is suspended after a change of the score or of the number of players.
    live_fresh_s : float
        How long after the last word of the match, and of a market's quotes, the market stays open in play.
    treatments : dict of str to Treatment
        What is done with whom: by ``flagged``, ``suspected``, ``ring`` (a member of one that was found), or a
        class of behaviour. Where several hold, the least factor, the longest delay, a review if any wants it.
    review_s : float
        How long a bet that a person has to look at is held for that, event time; then it is rejected. 0: it
        is rejected at once.
    refuse_longer : bool
        Whether a bet is refused, too, whose price has become longer by more than the tolerance.
    confidence_weight : float
        How much of the stake limit goes with a price's confidence: 0 leaves the limit alone, 1 makes it
        proportional.
    prices : PriceRules
        What the offered prices keep to.
    """

    operator: Name
    version: Annotated[int, Field(ge=1)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    margins: dict[Name, MarginProfile] = Field(default_factory=lambda: {"default": MarginProfile()})
    max_stake: Minor = 100_000
    max_payout: Minor = 5_000_000
    bank: Annotated[Minor, Field(ge=0)] = 0
    market_limit: Minor = 2_000_000
    event_limit: Minor = 5_000_000
    price_tolerance: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    skew: Annotated[float, Field(ge=0)] = 0.0
    max_bets_per_minute: Annotated[int, Field(ge=1)] = 60
    max_same_per_minute: Annotated[int, Field(ge=1)] = 60
    max_bet_age_s: Annotated[float, Field(ge=0)] = 0.0
    reservation_s: Annotated[float, Field(gt=0)] = 30.0
    cash_out_margin: Probability = 0.05
    limits: dict[Name, dict[LimitName, Minor]] = Field(default_factory=dict)
    totals: dict[TotalScope, Annotated[Minor, Field(ge=0)]] = Field(default_factory=dict)
    in_play: bool = False
    same_game: bool = False
    place_terms: dict[Name, PlaceTerms] = Field(default_factory=dict)
    live_delay_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    live_pause_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    live_fresh_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    refuse_longer: bool = False
    treatments: dict[Name, Treatment] = Field(default_factory=dict)
    review_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    confidence_weight: Probability = 0.0
    prices: PriceRules = PriceRules()

    def margin(self, market: str) -> MarginProfile:
        """Return the margin profile of a market, by its type (the part before ``:``)."""
        by_type = self.margins.get(market.partition(":")[0])
        return by_type or self.margins.get("default") or MarginProfile()


class OperatorCommand(Message):
    """An instruction from an operator or one of its traders. Broadcast to every partition.

    Parameters
    ----------
    command_id : str
        Unique within the operator; a second one with the same id changes nothing.
    kind : str
        ``profile`` (replaces all settings; needs ``profile``), ``suspend`` and ``resume`` (an event, or one
        of its markets), ``override`` (fixes a price until the next ``resume``; needs ``market``, ``outcome``
        and ``price``), ``move`` (moves a line until the next ``resume``; needs ``market``, ``outcome`` and
        ``log_odds``; 0 takes it back), ``factor`` (a bettor's stake factor; needs ``bettor`` and
        ``stake_factor``; 0 is a ban, none lifts it), ``limit`` (sets ``limit`` to ``amount`` for the
        operator, or for an event or one of its markets; none gives it back to the settings), ``state``
        (needs ``state``), ``review`` (what a person says of a bet that is held for it; needs ``bettor``,
        ``bet_id`` and ``approve``). A later command takes the place of an earlier one.
    log_odds : float or None
        By how much the outcome's log-odds move; the others follow in proportion.
    issued_by : str
        Who gave it: a client id or a trader's name.
    """

    operator: Name
    command_id: Name
    kind: Literal["profile", "suspend", "resume", "override", "move", "factor", "limit", "state", "review"]
    issued_by: Name
    event_time_ms: Millis
    profile: OperatorProfile | None = None
    event_id: Name | None = None
    market: Name | None = None
    outcome: Name | None = None
    price: Price | None = None
    bettor: Name | None = None
    stake_factor: Annotated[float, Field(ge=0, le=10)] | None = None
    log_odds: Annotated[float, Field(ge=-5, le=5)] | None = None
    limit: LimitName | None = None
    amount: Annotated[Minor, Field(ge=0)] | None = None
    state: OperatorState | None = None
    bet_id: Name | None = None
    approve: bool | None = None
