"""Recomputes decisions: on bets on one event, on each leg of the others, and on those as a whole."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.book import EventBook, MarketBook
from domain.combined import NO_ANSWER, decide_combined, decide_leg
from domain.decisions import decide_bet, held_by
from domain.limits import PLATFORM
from domain.same_game import JointPrice, joint_price
from domain.terms import Around
from schemas import (
    AssessedBet,
    Bet,
    Decision,
    Exposure,
    FairPrice,
    Grant,
    Hold,
    OfferedPrice,
    OperatorProfile,
    Reservation,
    StoodOn,
)

Key = tuple[object, ...]
BookKey = tuple[str, str]
"""Operator and event."""


class Findings(Protocol):
    """Where the outcome of a recomputation goes."""

    def compare(self, what: str, name: object, published: object, recomputed: object) -> None:
        """Count one comparison."""
        ...

    def miss(self, what: str) -> None:
        """Count one thing that cannot be recomputed: what it stood on is gone."""
        ...


@dataclass
class DecisionArchive:
    """What decisions stood on, by what names it.

    Parameters
    ----------
    offers, profiles
        Prices by operator, event, market and sequence; settings by operator and version.
    reviews
        What people said of bets that were held for them, by operator, bettor and id.
    scores
        Events' measures, by event and sequence.
    assessed, placed
        Bets on one event, and bets as they were placed, by operator, bettor and id.
    asked, grants
        What was asked of events and what they answered, by operator, bettor, id and leg.
    """

    offers: Mapping[Key, OfferedPrice]
    profiles: Mapping[Key, OperatorProfile]
    exposures: Mapping[Key, Exposure]
    reviews: Mapping[Key, str] = field(default_factory=dict)
    scores: Mapping[Key, FairPrice] = field(default_factory=dict)
    assessed: dict[Key, AssessedBet] = field(default_factory=dict)
    placed: dict[Key, Bet] = field(default_factory=dict)
    asked: dict[Key, Reservation] = field(default_factory=dict)
    grants: dict[Key, Grant] = field(default_factory=dict)
    decisions: dict[Key, Decision] = field(default_factory=dict)

    def take(self, message: AssessedBet | Bet | Reservation | Grant | Decision) -> None:
        """Take a message; the first of its name stands."""
        if isinstance(message, AssessedBet):
            self.assessed.setdefault(_name(message.bet), message)
        elif isinstance(message, Bet):
            self.placed.setdefault(_name(message), message)
        elif isinstance(message, Decision):
            self.decisions.setdefault(_name(message), message)
        elif isinstance(message, Grant):
            self.grants.setdefault((*_name(message), message.leg), message)
        elif message.action == "reserve":
            self.asked.setdefault((*_name(message), message.leg), message)

    def check(self, found: Findings) -> None:
        """Recompute all decisions."""
        books: dict[BookKey, list[Decision | Grant]] = defaultdict(list)
        for decision in self.decisions.values():
            if not self._is_on_one_event(decision):
                self._check_combined(decision, found)
            else:
                books[decision.operator, decision.event_id].append(decision)
        for grant in self.grants.values():
            books[grant.operator, grant.event_id].append(grant)
        versions: dict[BookKey, list[int]] = defaultdict(list)
        for exposure in self.exposures.values():
            versions[exposure.operator, exposure.event_id].append(exposure.version)
        for key, taken in books.items():
            self._check_book(key, taken, versions[key], found)

    def _is_on_one_event(self, decision: Decision) -> bool:
        if decision.legs:
            return len({leg.event_id for leg in decision.legs}) == 1
        bet = self.placed.get(_name(decision))
        return bet is None or len({leg.event_id for leg in bet.legs}) == 1

    def _check_book(
        self, key: BookKey, taken: list[Decision | Grant], versions: list[int], found: Findings
    ) -> None:
        book = EventBook()
        taken.sort(key=lambda each: (_stood_on(each).exposure_version, bool(list(_holds(each)))))
        for each in taken:
            book = self._at(_stood_on(each).exposure_version, book, key, versions)
            if isinstance(each, Decision):
                self._check_single(each, book, found)
            else:
                self._check_grant(each, book, found)
            if book.version == _stood_on(each).exposure_version:
                for hold in _holds(each):
                    book.reserve(hold.market, hold.outcome, hold.stake, hold.payout)

    def _at(self, version: int, book: EventBook, key: BookKey, versions: list[int]) -> EventBook:
        """Return the book at a version, or as near before it as is known."""
        if book.version >= version:
            return book
        known = max((each for each in versions if book.version < each <= version), default=None)
        return book if known is None else book_of(self.exposures[*key, known])

    def _check_single(self, decision: Decision, book: EventBook, found: Findings) -> None:
        bet = self.assessed.get(_name(decision))
        price, profile, gone = self._standing(decision, decision.market, decision.stood_on, book)
        if bet is None or gone:
            found.miss("decision")
            return
        stood_on = decision.stood_on
        standing: OfferedPrice | JointPrice | None = price
        if len(decision.legs) > 1:
            scores = self.scores.get((decision.event_id, stood_on.scores_sequence))
            offers = [self._standing(decision, leg.market, leg.stood_on, book) for leg in decision.legs]
            if any(gone for _, _, gone in offers) or (stood_on.scores_sequence and scores is None):
                found.miss("decision")
                return
            standing = joint_price(bet.bet, [offer for offer, _, _ in offers], scores, profile)
        again = decide_bet(
            self._reviewed(bet, decision),
            price=standing,
            profile=profile,
            starts_at_ms=stood_on.starts_at_ms,
            book=book,
            around=self._around(stood_on),
        )
        found.compare("decision", _name(decision), decision, again)

    def _reviewed(self, bet: AssessedBet, decision: Decision) -> AssessedBet:
        """Return a bet with what the decision says that a person said of it, if one did."""
        said = decision.standing.reviewed
        if said is None or said != self.reviews.get(_name(decision)):
            return bet
        return bet.model_copy(update={"standing": bet.standing.model_copy(update={"reviewed": said})})

    def _check_grant(self, grant: Grant, book: EventBook, found: Findings) -> None:
        asked = self.asked.get((*_name(grant), grant.leg))
        stood_on = grant.decided.stood_on
        price, profile, gone = self._standing(grant, grant.decided.market, stood_on, book)
        if asked is None or gone:
            found.miss("grant")
            return
        again = decide_leg(
            asked,
            price=price,
            profile=profile,
            starts_at_ms=stood_on.starts_at_ms,
            book=book,
            around=self._around(stood_on),
        )
        found.compare("grant", (*_name(grant), grant.leg), grant, again)

    def _around(self, stood_on: StoodOn) -> Around:
        platform = self.profiles.get((PLATFORM, stood_on.platform_version))
        return Around(stood_on.sport, stood_on.competition, platform, stood_on.shared)

    def _check_combined(self, decision: Decision, found: Findings) -> None:
        bet = self.placed.get(_name(decision))
        profile = self.profiles.get((decision.operator, decision.stood_on.settings_version))
        answered = {figure.leg for figure in decision.rules if figure.rule != NO_ANSWER}
        answers = {leg: self.grants.get((*_name(decision), leg)) for leg in answered if leg is not None}
        grants = {leg: grant for leg, grant in answers.items() if grant is not None}
        if (
            bet is None
            or len(grants) < len(answers)
            or (profile is None and decision.stood_on.settings_version)
        ):
            found.miss("combined")
            return
        assessed = AssessedBet(
            bet=bet,
            standing=decision.standing,
            received_at_ms=decision.received_at_ms,
            event_time_ms=bet.event_time_ms,
        )
        found.compare("combined", _name(decision), decision, decide_combined(assessed, profile, grants))

    def _standing(
        self, about: Decision | Grant, market: str, stood_on: StoodOn, book: EventBook
    ) -> tuple[OfferedPrice | None, OperatorProfile | None, bool]:
        """Return price and settings, and whether any of what it stood on is gone."""
        price = self.offers.get((about.operator, about.event_id, market, stood_on.price_sequence))
        profile = self.profiles.get((about.operator, stood_on.settings_version))
        gone = (
            bool(stood_on.price_sequence and price is None)
            or bool(stood_on.settings_version and profile is None)
            or bool(stood_on.platform_version and (PLATFORM, stood_on.platform_version) not in self.profiles)
            or book.version != stood_on.exposure_version
        )
        return price, profile, gone


def book_of(exposure: Exposure) -> EventBook:
    """Return the book that a message says."""
    markets = {
        name: MarketBook(each.stakes, dict(each.payouts), each.sharp)
        for name, each in exposure.markets.items()
    }
    return EventBook(exposure.version, markets, exposure.bets)


def _name(about: Bet | Decision | Grant | Reservation) -> tuple[str, str, str]:
    return about.operator, about.bettor, about.bet_id


def _stood_on(each: Decision | Grant) -> StoodOn:
    return each.stood_on if isinstance(each, Decision) else each.decided.stood_on


def _holds(each: Decision | Grant) -> Iterator[Hold]:
    """Yield what came into the book with a decision."""
    if isinstance(each, Grant):
        yield from each.decided.holds
    elif each.decision == "accepted":
        yield from held_by(each)
