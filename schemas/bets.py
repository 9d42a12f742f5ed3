"""A bet's way: placed, assessed, reserved, decided, marked, graded and settled; topics ``bets.*``."""

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


class BetContext(Message):
    """What an operator knows of a bet beside its terms, and may send; none of it decides a bet.

    Parameters
    ----------
    promotion : bool or None
        Whether a promotion is used.
    account_days : float or None
        Age of the account.
    device, ip : str or None
        What the bet came from: a name that is the same for the same device; a hash will do.
    """

    promotion: bool | None = None
    account_days: Annotated[float, Field(ge=0)] | None = None
    device: Name | None = None
    ip: Name | None = None


class Bet(Message):
    """A bettor wants to bet; the record's key is ``operator|bettor``.

    A bet is known by operator, bettor and bet_id together. The same bet sent again gets the same decision
    back; the same id with other content goes to ``bets.placed.v1.dlq`` as ``duplicate_bet_id``.

    Parameters
    ----------
    stake : int
        Of the whole bet, all its lines together, minor units of the operator's currency. What is not a
        sensible stake or price is rejected by a rule, with a decision, not by the schema.
    kind : str or None
        ``single``, ``multiple``, ``same_game``, ``trixie``, ``patent``, ``yankee``, ``lucky15``,
        ``canadian``, ``lucky31``, ``heinz``, ``lucky63``, ``super_heinz``, ``goliath``, or ``n-of-m`` such
        as ``2-of-5``.
        None: a single, or a multiple where there are several legs.
    each_way : bool
        Half of the stake is on winning, half on a place.
    price : float or None
        Of a same-game multiple as a whole: the decimal odds that the bettor saw.
    context : BetContext or None
        What else the operator knows of it.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    legs: Annotated[list[Leg], Field(min_length=1, max_length=12)]
    stake: Minor
    event_time_ms: Millis
    kind: Name | None = None
    each_way: bool = False
    price: float | None = None
    context: BetContext | None = None


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
    same_last_minute : int
        How many of the bets of the last minute are on the same selections, this one included.
    delay_ms : int
        How long the operator's policy has the bettor's bets wait before they are decided, event time.
    review : bool
        Whether the policy wants a person to look at each of the bettor's bets.
    reviewed : str or None
        What a person said of this bet: ``approved`` or ``refused``; None: nothing.
    ring : str or None
        The ring that the bettor belongs to.
    clv : float or None
        The closing line value that the bettor's bets are believed to have, the population's before there is
        evidence; None where a trader has set the factor.
    """

    factor: Annotated[float, Field(ge=0)]
    bets_last_minute: int
    risk_version: int = 0
    same_last_minute: int = 1
    delay_ms: Annotated[int, Field(ge=0)] = 0
    review: bool = False
    reviewed: Literal["approved", "refused"] | None = None
    ring: Name | None = None
    clv: float | None = None


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
    leg : int or None
        Which leg it looked at, from 0, in a bet of several.
    """

    rule: Name
    passed: bool
    figure: float
    limit: float
    max_stake: Minor | None = None
    leg: int | None = None


class SharedRoom(Message):
    """How a limit stood that many events share, on the partition that decided; minor units.

    Parameters
    ----------
    operator, scope : str
        Whose limit, and of what, as in ``Allotment``.
    version, allotted : int
        The partition's amount; both 0 where it had none yet.
    used : int
        The worst cases of the partition's books that count, added up.
    """

    operator: Name
    scope: Name
    version: int
    allotted: Minor
    used: Minor


class StoodOn(Message):
    """What a decision was taken on; recomputed from these it gives itself again.

    Parameters
    ----------
    shared : list of SharedRoom
        The limits that many events share; empty where there are none.
    scores_sequence : int
        Of a same-game multiple: which measure over the final scores stood; 0 for none.
    """

    price: float | None
    price_sequence: int
    exposure_version: int
    settings_version: int
    suspended: str | None = None
    starts_at_ms: Millis | None = None
    sport: str = ""
    competition: str = ""
    platform_version: int = 0
    scores_sequence: int = 0
    shared: list[SharedRoom] = Field(default_factory=list)


class Hold(Message):
    """What an event's book keeps for a leg: a stake, and what is paid if the outcome comes; minor units."""

    market: Name
    outcome: Name
    stake: Minor
    payout: Minor


class DecidedLeg(Message):
    """A leg of a bet that is not a plain single: what it stood on, and what its event's book holds for it.

    Parameters
    ----------
    price : float
        At which the leg was taken, or would have been.
    holds : list of Hold
        The leg's conditional stake: one part, or two each-way; empty unless the bet was accepted.
    places, place_of : int or None
        The terms of the place part: among so many, at 1/``place_of`` of the odds.
    """

    event_id: Name
    market: Name
    outcome: Name
    price: float
    stood_on: StoodOn
    holds: list[Hold] = Field(default_factory=list)
    places: int | None = None
    place_of: int | None = None


class Decision(Message):
    """What became of a bet; keyed by the event of its first leg. A bet is decided once.

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
        What is paid if all of the bet wins, stake included; 0 unless accepted.
    kind, each_way, context
        As placed.
    legs : list of DecidedLeg
        Of a bet that is not a plain single; ``event_id``, ``market`` and ``outcome`` are then the first
        leg's, and ``price`` is what the whole bet pays on its stake.
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
    kind: Name = "single"
    each_way: bool = False
    legs: list[DecidedLeg] = Field(default_factory=list)
    context: BetContext | None = None


class Grade(Message):
    """How a leg came out, in exact shares of its stake.

    Parameters
    ----------
    win, refund, of : int
        ``win``/``of`` of the stake wins, ``refund``/``of`` comes back, the rest is lost. Won is 1, 0, 1; a
        push or void 0, 1, 1; half-won 1, 1, 2; half-lost 0, 1, 2; a dead heat of three for one place 1, 0, 3.
    deduction : int
        What rule 4 takes of the winnings, per cent.
    """

    win: Annotated[int, Field(ge=0)]
    refund: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=1)]
    deduction: Annotated[int, Field(ge=0, le=100)] = 0


class SettledLeg(Message):
    """A leg of an accepted bet, and how it came out.

    Parameters
    ----------
    grade, place : Grade or None
        Of the selection and of its place part; None while they are open.
    holds : list of Hold
        What the event's book still holds for the leg; empty once it is graded.
    """

    event_id: Name
    market: Name
    outcome: Name
    price: float
    grade: Grade | None = None
    place: Grade | None = None
    places: int | None = None
    place_of: int | None = None
    holds: list[Hold] = Field(default_factory=list)


class Settlement(Message):
    """What an accepted bet came to; keyed by ``operator|bettor``. A later version supersedes earlier ones.

    Parameters
    ----------
    version : int
        Counts the settlements of this bet from 1.
    status : str
        ``settled``: every leg is graded. ``open``: some are not, or not any more (a rollback).
    payout : int
        What the bet is paid in all, stake included; 0 while open. Minor units.
    difference : int
        By how much this version moves the bettor's account: ``payout`` less that of the version before.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    version: Annotated[int, Field(ge=1)]
    status: Literal["settled", "open"]
    stake: Minor
    payout: Minor
    difference: Minor
    legs: list[SettledLeg]
    event_time_ms: Millis


class Reservation(Message):
    """What a bet on several events wants of one of them; keyed by event. Sent by the bettor's coordinator.

    Parameters
    ----------
    version : int
        Counts what the coordinator has sent about this bet, from 1. The highest version that came stands,
        whatever order they come in.
    action : str
        ``reserve``: check the leg and keep its conditional stake; answered by a ``Grant``. ``commit``: the
        bet is accepted, and these are its holds from now on. ``release``: it is not; nothing is held.
    leg : int
        Which leg of the bet it is, from 0.
    stake : int
        The leg's conditional stake that is asked for, minor units.
    holds : list of Hold
        With ``commit``: what the book is to hold.
    places, place_of : int or None
        Each-way: the terms of the place part, whose stake is half of the leg's when it is asked for.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    event_id: Name
    version: Annotated[int, Field(ge=1)]
    action: Literal["reserve", "commit", "release"]
    leg: int
    market: Name
    outcome: Name
    price: float
    stake: Minor
    received_at_ms: Millis
    event_time_ms: Millis
    price_sequence: int | None = None
    holds: list[Hold] = Field(default_factory=list)
    places: int | None = None
    place_of: int | None = None


class Grant(Message):
    """An event's answer to ``reserve``; keyed by ``operator|bettor``.

    Parameters
    ----------
    granted : bool
        Whether the whole conditional stake is held.
    max_stake : int or None
        The largest conditional stake that would have been; None where no stake would.
    decided : DecidedLeg
        What the leg stood on, and what is held for it meanwhile: what it would win, but not its stake.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    event_id: Name
    leg: int
    granted: bool
    max_stake: Minor | None = None
    decided: DecidedLeg
    rules: list[RuleFigure]
    event_time_ms: Millis


class LegGraded(Message):
    """How one leg of a bet on several events came out; keyed by ``operator|bettor``.

    Parameters
    ----------
    version : int
        Counts the grades of this leg; the highest stands.
    grade : Grade or None
        None: open again.
    place : Grade or None
        Of the place part of an each-way leg, which is open until both parts are graded.
    """

    operator: Name
    bettor: Name
    bet_id: Name
    event_id: Name
    leg: int
    version: Annotated[int, Field(ge=1)]
    grade: Grade | None
    event_time_ms: Millis
    place: Grade | None = None


Horizon = Literal["10s", "60s", "300s", "close"]


class Mark(Message):
    """How good a bet's price turned out to be at a horizon; keyed by ``operator|bettor``.

    Parameters
    ----------
    horizon : str
        ``10s``, ``60s``, ``300s`` after the bet, or ``close`` (the last fair price before the start).
    clv : float
        price x probability - 1: positive when the bettor beat the market.
    placed_at_ms : int or None
        When the bet was placed.
    in_play : bool
        Whether that was after the start.
    best_price : float or None
        The best of the market's books when the bet was placed, as far as they counted in the fair price.
    moved : float or None
        By how much the log of the fair probability had risen in the five minutes before the bet.
    moved_after_ms : int or None
        How long after the bet the fair price moved for the first time.
    limit_share : float or None
        The stake as a share of the most that this bettor was allowed.
    context : BetContext or None
        As placed.
    arbitrage : float or None
        What the bet's price won for certain, per unit staked, with the best fresh prices of the books on the
        market's other outcomes; below 0: what it lost. None where a book's price of one was missing.
    arbitrage_alert : str or None
        Id of the alert of an arbitrage that stood when the bet was placed, and that the bet is a leg of: the
        same selection, at the alert's price or a better one.
    usual_gap_ms : int or None
        The usual time between moves of the fair price, as it was when the bet was placed.
    obscure : bool or None
        Whether the bet is on a competition that the operator's customers as a whole leave alone.
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
    placed_at_ms: Millis | None = None
    in_play: bool = False
    best_price: float | None = None
    moved: float | None = None
    moved_after_ms: int | None = None
    limit_share: float | None = None
    context: BetContext | None = None
    arbitrage: float | None = None
    arbitrage_alert: Name | None = None
    usual_gap_ms: int | None = None
    obscure: bool | None = None
