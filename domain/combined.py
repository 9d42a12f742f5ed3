"""Bets on several events: what each event's book grants, and the one decision that follows.

The bettor's coordinator asks every event for its leg (a ``Reservation``); each answers by its own rules and
holds the leg's conditional stake meanwhile (a ``Grant``). When all have answered, or time is up, the bet is
decided as a whole: it is accepted only where every event grants its leg in full.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from domain.acceptance import SMALLEST_ALTERNATIVE, ask, figures_of, largest_stake
from domain.bets.each_way import EachWay
from domain.bets.lines import Lines
from domain.book import EventBook
from domain.decisions import kind_of_bet, lines_of_bet, parts_of
from domain.markets import type_of
from domain.rules import ALONE_LEG_RULES, BET_RULES, LEG_RULES, BetRequest, Finding
from domain.rules.invalid_price import sound
from domain.settlement import conditional_places, conditional_stakes, holds_of, pending_of
from domain.sharps.treatment import awaits_review
from domain.terms import NOTHING_AROUND, Around, is_reducing, settings_on, stood_on
from schemas import (
    AssessedBet,
    Bet,
    DecidedLeg,
    Decision,
    Grade,
    Grant,
    Hold,
    OfferedPrice,
    OperatorProfile,
    PlaceTerms,
    Reservation,
    RuleFigure,
    StoodOn,
)

NO_GRANTS: Mapping[int, Grant] = MappingProxyType({})
NO_ANSWER = "no_answer"
"""Reason code: an event did not answer in time."""


def bet_request(
    assessed: AssessedBet, profile: OperatorProfile | None, grants: Mapping[int, Grant] = NO_GRANTS
) -> BetRequest:
    """Return what the rules for a bet as a whole look at."""
    bet = assessed.bet
    unsound = [leg.price for leg in bet.legs if not sound(leg.price)]
    return BetRequest(
        market=bet.legs[0].market,
        outcome=bet.legs[0].outcome,
        stake=bet.stake,
        price=(unsound or [bet.legs[0].price])[0],
        price_sequence=None,
        standing_price=None,
        suspended=None,
        event_known=True,
        event_started=False,
        profile=profile,
        stake_factor=assessed.standing.factor,
        clv=assessed.standing.clv,
        bets_last_minute=assessed.standing.bets_last_minute,
        same_last_minute=assessed.standing.same_last_minute,
        review=awaits_review(assessed.standing),
        book=EventBook(),
        outcomes=(),
        ahead_ms=bet.event_time_ms - assessed.received_at_ms,
        kind=kind_of_bet(bet),
        legs=len(bet.legs),
        each_way=bet.each_way,
        related=len(bet.legs) - len({leg.event_id for leg in bet.legs}),
        lines=lines_of_bet(bet, _place_of(bet, profile, grants)),
    )


def _place_of(bet: Bet, profile: OperatorProfile | None, grants: Mapping[int, Grant]) -> list[int]:
    """Return how each leg's place part is paid: as its event has answered, or by the settings."""
    found = []
    for index, terms in enumerate(_terms(bet, profile)):
        answered = grants[index].decided.place_of if index in grants else None
        if answered is not None:
            found.append(answered)
        elif terms is not None:
            found.append(terms.place_of)
    return found


def _terms(bet: Bet, profile: OperatorProfile | None) -> list[PlaceTerms | None]:
    """Return the settings' place terms of each leg; None where there are none, or the bet is not each-way."""
    if not bet.each_way or profile is None:
        return [None] * len(bet.legs)
    return [profile.place_terms.get(type_of(leg.market)) for leg in bet.legs]


def is_hopeless(assessed: AssessedBet, profile: OperatorProfile | None) -> bool:
    """Tell whether the bet is rejected whatever the events say, so that none need be asked."""
    _, failed = ask(bet_request(assessed, profile), BET_RULES)
    return any(finding.max_stake is None for finding in failed)


def reservations(assessed: AssessedBet, profile: OperatorProfile) -> list[Reservation]:
    """Return what is asked of each event: its leg, and the stake that the leg carries at first."""
    bet, lines = assessed.bet, bet_request(assessed, profile).lines
    if lines is None:
        return []
    unit = bet.stake // lines.parts
    return [
        Reservation(
            operator=bet.operator,
            bettor=bet.bettor,
            bet_id=bet.bet_id,
            event_id=leg.event_id,
            version=1,
            action="reserve",
            leg=index,
            market=leg.market,
            outcome=leg.outcome,
            price=leg.price,
            stake=unit * lines.through(index),
            received_at_ms=assessed.received_at_ms,
            event_time_ms=bet.event_time_ms,
            price_sequence=leg.price_sequence,
            places=None if terms is None else terms.places,
            place_of=None if terms is None else terms.place_of,
        )
        for index, (leg, terms) in enumerate(zip(bet.legs, _terms(bet, profile), strict=True))
    ]


def decide_leg(
    asked: Reservation,
    *,
    price: OfferedPrice | None,
    profile: OperatorProfile | None,
    starts_at_ms: int | None,
    book: EventBook,
    around: Around = NOTHING_AROUND,
) -> Grant:
    """Return an event's answer, from nothing but what is given; the book is not changed."""
    basis = price.basis if price is not None else None
    started = starts_at_ms is not None and asked.event_time_ms >= starts_at_ms
    profile = settings_on(
        profile,
        basis,
        around,
        market=asked.market,
        live=started,
    )
    split = _parts(asked, price, profile)
    request = BetRequest(
        market=asked.market,
        outcome=asked.outcome,
        stake=asked.stake,
        price=asked.price,
        price_sequence=asked.price_sequence,
        standing_price=price.prices.get(asked.outcome) if price is not None else None,
        suspended=price.suspended if price is not None else None,
        event_known=starts_at_ms is not None,
        event_started=started,
        profile=profile,
        stake_factor=1.0,
        bets_last_minute=1,
        book=book,
        outcomes=price.prices if price is not None else (),
        confidence=price.confidence if price is not None else 1.0,
        reducing=is_reducing(basis),
        combined=True,
        each_way=asked.place_of is not None,
        split=split,
        shared=around.shared,
    )
    findings, failed = ask(request, LEG_RULES if around.shared else ALONE_LEG_RULES)
    ground = stood_on(
        request,
        price.sequence if price is not None else 0,
        around,
        starts_at_ms=starts_at_ms,
    )
    return Grant(
        operator=asked.operator,
        bettor=asked.bettor,
        bet_id=asked.bet_id,
        event_id=asked.event_id,
        leg=asked.leg,
        granted=not failed,
        max_stake=largest_stake(failed, findings),
        decided=DecidedLeg(
            event_id=asked.event_id,
            market=asked.market,
            outcome=asked.outcome,
            price=asked.price,
            stood_on=ground,
            holds=[] if failed else _pending(asked, split),
            places=asked.places,
            place_of=asked.place_of,
        ),
        rules=figures_of(findings, asked.leg),
        event_time_ms=asked.event_time_ms,
    )


def _parts(asked: Reservation, price: OfferedPrice | None, profile: OperatorProfile | None) -> EachWay | None:
    if asked.place_of is None or price is None or profile is None:
        return None
    split = parts_of(asked.market, asked.outcome, asked.price, price, profile)
    agreed = split is not None and (split.places, split.place_of) == (asked.places, asked.place_of)
    return split if agreed else None


def _pending(asked: Reservation, split: EachWay | None) -> list[Hold]:
    if split is not None:
        return split.pending(asked.stake)
    return pending_of(asked.market, asked.outcome, asked.stake, asked.price)


def decide_combined(
    assessed: AssessedBet, profile: OperatorProfile | None, grants: Mapping[int, Grant]
) -> Decision:
    """Decide a bet on several events from nothing but what is given.

    Parameters
    ----------
    grants : mapping of int to Grant
        What the events have answered, by leg. Those that have not are ``no_answer``.
    """
    bet, request = assessed.bet, bet_request(assessed, profile, grants)
    findings, failed = ask(request, BET_RULES)
    figures = figures_of(findings)
    reasons = [finding.rule for finding in failed]
    if not any(finding.max_stake is None for finding in failed):
        for index in range(len(bet.legs)):
            grant = grants.get(index)
            figures += grant.rules if grant is not None else [_unanswered(index)]
        reasons += _reasons(figures[len(findings) :])
    accepted = not reasons
    smaller = 0 if accepted else _alternative(request, findings, failed, grants)
    legs = [_leg(assessed, index, grants.get(index)) for index in range(len(bet.legs))]
    if accepted:
        legs = _held(request, legs)
    return Decision(
        operator=bet.operator,
        bettor=bet.bettor,
        bet_id=bet.bet_id,
        event_id=bet.legs[0].event_id,
        market=bet.legs[0].market,
        outcome=bet.legs[0].outcome,
        decision="accepted" if accepted else "alternative" if smaller else "rejected",
        reasons=list(dict.fromkeys(reasons)),
        stake=bet.stake if accepted else smaller,
        price=_price(request.lines) if accepted else _standing(request, legs),
        payout=request.pays if accepted else 0,
        requested_stake=bet.stake,
        requested_price=_price(request.lines),
        received_at_ms=assessed.received_at_ms,
        standing=assessed.standing,
        rules=figures,
        stood_on=StoodOn(
            price=None,
            price_sequence=0,
            exposure_version=0,
            settings_version=profile.version if profile is not None else 0,
        ),
        event_time_ms=bet.event_time_ms,
        context=bet.context,
        kind=request.kind,
        each_way=bet.each_way,
        legs=legs,
    )


def _leg(assessed: AssessedBet, index: int, grant: Grant | None) -> DecidedLeg:
    if grant is not None:
        return grant.decided.model_copy(update={"holds": []})
    leg = assessed.bet.legs[index]
    nothing = StoodOn(price=None, price_sequence=0, exposure_version=0, settings_version=0)
    return DecidedLeg(
        event_id=leg.event_id, market=leg.market, outcome=leg.outcome, price=leg.price, stood_on=nothing
    )


def _held(request: BetRequest, legs: Sequence[DecidedLeg]) -> list[DecidedLeg]:
    """Return the legs of an accepted bet with what their events hold from now on."""
    held = carried_holds(request.kind, request.stake, legs, [None] * len(legs), [None] * len(legs))
    return [leg.model_copy(update={"holds": holds}) for leg, holds in zip(legs, held, strict=True)]


def carried_holds(
    kind: str,
    stake: int,
    legs: Sequence[DecidedLeg],
    grades: Sequence[Grade | None],
    places: Sequence[Grade | None],
) -> list[list[Hold]]:
    """Return what an accepted bet holds in each leg's book, given how legs came out.

    Parameters
    ----------
    grades, places : sequence of Grade or None
        Of the legs' selections, and each-way of their place parts; None while a leg is open.
    """
    prices = [leg.price for leg in legs]
    place_of = [leg.place_of for leg in legs if leg.place_of is not None]
    if not place_of:
        stakes = conditional_stakes(kind, stake, prices, grades)
        return [
            holds_of(leg.market, leg.outcome, each, leg.price) for leg, each in zip(legs, stakes, strict=True)
        ]
    half = stake // 2
    wins = conditional_stakes(kind, half, prices, grades)
    placed = conditional_places(kind, half, prices, places, place_of)
    return [
        EachWay(leg.market, leg.outcome, leg.price, leg.places or 1, of).holds_of(win, place)
        for leg, of, win, place in zip(legs, place_of, wins, placed, strict=True)
    ]


def _alternative(
    request: BetRequest, findings: Sequence[Finding], failed: Sequence[Finding], grants: Mapping[int, Grant]
) -> int:
    """Return the largest stake that the bet's own rules and every event would take, 0 for none worth it."""
    lines = request.lines
    most = largest_stake(failed, findings)
    if lines is None or len(grants) < request.legs or (failed and most is None):
        return 0
    units = [request.stake if most is None else most]
    units[0] //= lines.parts
    for index, grant in grants.items():
        if grant.max_stake is None and not grant.granted:
            return 0
        if grant.max_stake is not None:
            units.append(grant.max_stake // lines.through(index))
    stake = min(units) * lines.parts
    return stake if SMALLEST_ALTERNATIVE <= stake < request.stake else 0


def _standing(request: BetRequest, legs: Sequence[DecidedLeg]) -> float:
    prices = [leg.stood_on.price for leg in legs if leg.stood_on.price is not None]
    if request.lines is None or len(prices) < len(legs):
        return 0.0
    return _price(Lines.of(request.kind, prices, request.lines.place_of))


def _price(lines: Lines | None) -> float:
    return 0.0 if lines is None else lines.price


def _unanswered(leg: int) -> RuleFigure:
    return RuleFigure(rule=NO_ANSWER, passed=False, figure=0.0, limit=1.0, leg=leg)


def _reasons(figures: Iterable[RuleFigure]) -> list[str]:
    return [figure.rule for figure in figures if not figure.passed]
