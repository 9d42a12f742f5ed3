"""Stage book (by event): decides each bet once against the standing price, and keeps the liability."""

from collections.abc import Mapping, Sequence

from agents.allotting import (
    ALLOTTED,
    DEALT,
    lacking,
    on_allotments,
    on_settings,
    on_uses,
    rooms_of,
    tell_use,
)
from agents.books import book_of, keep, publish
from agents.clock import CLOCK
from agents.delaying import DELAYED, hold_back, released, released_by
from agents.events import EVENT, Event
from agents.measures import MEASURE
from agents.operators import PROFILE, profile_of, take_profile
from agents.reserving import HELD, answer, key_of, reserve
from agents.reviewing import tell_if_held
from agents.settling import BET, RESULT, SETTLEMENT, grade_leg, key_of_bet, settle_bet, take_result
from agents.shared_use import BOOK, forget
from domain.combined import decide_leg
from domain.decisions import decide_bet, held_by
from domain.derivation import SCORES
from domain.dynamic_margin import sharp_part
from domain.limits import PLATFORM
from domain.same_game import JointPrice, is_same_game, joint_price
from domain.sharps import waits_ms
from domain.terms import Around
from schemas import (
    AssessedBet,
    Bet,
    Decision,
    FairPrice,
    Fixture,
    Grant,
    Heartbeat,
    OfferedPrice,
    OperatorCommand,
    OperatorProfile,
    Reservation,
    Result,
)
from streams.records import Chunk, Record
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import (
    ALLOTMENTS,
    ASSESSED,
    COMMANDS,
    DECISIONS,
    DERIVED,
    FIXTURES,
    HEARTBEATS,
    RESERVATIONS,
    RESULTS,
    USES,
    offered,
)

PRICE = Kind("price", OfferedPrice)
_SCORES = f"|{SCORES}".encode()


class Book(Stage):
    """Every operator's book on every event, and every decision taken.

    Parameters
    ----------
    operators : sequence of str
        Whose prices to follow.
    """

    name = "book"
    kinds = (
        *(BET, BOOK, HELD, PRICE, PROFILE, RESULT, SETTLEMENT),
        *(EVENT, CLOCK, DELAYED, MEASURE, ALLOTTED, DEALT),
    )

    def __init__(self, operators: Sequence[str]) -> None:
        self._handlers: dict[str, Handler] = {
            ASSESSED.name: self.on_bets,
            RESERVATIONS.name: self.on_reservations,
            RESULTS.name: self.on_results,
            HEARTBEATS.name: self.on_heartbeats,
            FIXTURES.name: self.on_fixtures,
            COMMANDS.name: self.on_commands,
            DERIVED.name: self.on_derived,
            ALLOTMENTS.name: on_allotments,
            USES.name: on_uses,
            **{offered(operator).name: self.on_prices for operator in operators},
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_bets(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Decide; a bet that has been decided gets its decision back, some wait first."""
        wanted = []
        for record, assessed in decoded(chunk, AssessedBet, out):
            profile = profile_of(state, assessed.bet.operator)
            if (
                profile is not None
                and state.get(BET, key := key_of_bet(assessed)) is None
                and hold_back(key, assessed, self._delay_ms(assessed, profile, state), state)
            ):
                tell_if_held(assessed, profile, record, out)
                continue
            wanted.append((record, assessed))
        self._decide_all(wanted, state, out)

    def on_heartbeats(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Decide bets and legs that have waited, by what stands now."""
        for record, heartbeat in decoded(chunk, Heartbeat, out):
            due = released(heartbeat.event_time_ms, state)
            self._decide_all([(record, bet) for bet in due if isinstance(bet, AssessedBet)], state, out)
            for leg in due:
                if isinstance(leg, Reservation):
                    answer(leg, record, state, out, self._decide_leg)

    def _decide_all(self, wanted: Sequence[tuple[Record, AssessedBet]], state: State, out: Outbox) -> None:
        touched: dict[tuple[str, str], tuple[Record, int]] = {}
        for record, assessed in wanted:
            key = key_of_bet(assessed)
            decision = state.get(BET, key)
            if decision is None:
                decision = self._decide(assessed, state)
                state.put(BET, key, decision)
                if decision.decision == "accepted":
                    touched[decision.event_id, decision.operator] = (record, decision.event_time_ms)
                    result = state.get(RESULT, decision.event_id)
                    if result is not None:  # the bet comes behind it
                        settle_bet(key, decision, result, state, out, record)
                elif lack := lacking(decision.stood_on, decision.rules):
                    at_ms = decision.event_time_ms
                    tell_use(state, out, decision.event_id, decision.operator, at_ms, record, lack)
            out.emit(DECISIONS, decision.event_id, decision, decision.event_time_ms, cause=record)
        for (event_id, operator), (record, event_time_ms) in touched.items():
            publish(state, out, event_id, operator, event_time_ms, record)

    def _delay_ms(self, assessed: AssessedBet, profile: OperatorProfile, state: State) -> int:
        bet = assessed.bet
        live_ms = _live_delay_ms(bet.legs[0].event_id, bet.event_time_ms, profile, state)
        return waits_ms(assessed.standing, profile) + live_ms

    def _decide(self, assessed: AssessedBet, state: State) -> Decision:
        bet, leg = assessed.bet, assessed.bet.legs[0]
        book, event = book_of(state, leg.event_id, bet.operator), state.get(EVENT, leg.event_id)
        profile = profile_of(state, bet.operator)
        decision = decide_bet(
            assessed,
            price=self._joint(bet, profile, state)
            or state.get(PRICE, f"{bet.operator}|{leg.event_id}|{leg.market}"),
            profile=profile,
            starts_at_ms=event.starts_at_ms if event is not None else None,
            book=book,
            around=_around(bet.operator, event, state),
        )
        if decision.decision == "accepted":
            for hold in held_by(decision):
                sharp = sharp_part(hold.stake, assessed.standing.factor)
                book.reserve(hold.market, hold.outcome, hold.stake, hold.payout, sharp)
            keep(state, leg.event_id, bet.operator, book)
        return decision

    def _joint(self, bet: Bet, profile: OperatorProfile | None, state: State) -> JointPrice | None:
        if not is_same_game(bet):
            return None
        event_id = bet.legs[0].event_id
        offers = [state.get(PRICE, f"{bet.operator}|{event_id}|{leg.market}") for leg in bet.legs]
        return joint_price(bet, offers, state.get(MEASURE, event_id), profile)

    def on_reservations(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Answer for the legs of bets on several events, and hold them as their coordinators say."""
        for leg in reserve(chunk, state, out, self._decide_leg, _leg_delay_ms):
            result, held = state.get(RESULT, leg.event_id), state.get(HELD, key_of(leg))
            cause = chunk.records[-1]
            if (
                result is not None
                and held is not None
                and grade_leg(key_of(leg), held, result, state, out, cause)
            ):
                publish(state, out, leg.event_id, leg.operator, result.event_time_ms, cause)

    def _decide_leg(self, asked: Reservation, state: State) -> Grant:
        event = state.get(EVENT, asked.event_id)
        return decide_leg(
            asked,
            price=state.get(PRICE, f"{asked.operator}|{asked.event_id}|{asked.market}"),
            profile=profile_of(state, asked.operator),
            starts_at_ms=event.starts_at_ms if event is not None else None,
            book=book_of(state, asked.event_id, asked.operator),
            around=_around(asked.operator, event, state),
        )

    def on_results(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Settle what is decided, and settle it anew where a result is corrected or taken back."""
        for record, result in decoded(chunk, Result, out):
            take_result(result, state, out, record)

    def on_prices(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Follow the offered prices; the latest of a market stands."""
        latest = {(p.operator, p.event_id, p.market): p for _, p in decoded(chunk, OfferedPrice, out)}
        for (operator, event_id, market), price in latest.items():
            state.put(PRICE, f"{operator}|{event_id}|{market}", price)

    def on_derived(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Follow the events' measures; derived markets themselves come as offered prices."""
        told = [record for record in chunk.records if record.key is not None and record.key.endswith(_SCORES)]
        for _, scores in decoded(Chunk(chunk.topic, chunk.partition, told), FairPrice, out):
            state.put(MEASURE, scores.event_id, scores)

    def on_fixtures(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Learn what is played and when."""
        for _, fixture in decoded(chunk, Fixture, out):
            event = Event(fixture.starts_at_ms, fixture.sport, fixture.competition)
            before = state.get(EVENT, fixture.event_id)
            if before is None or (before.sport, before.competition) != (event.sport, event.competition):
                forget(state)
            state.put(EVENT, fixture.event_id, event)

    def on_commands(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take an operator's settings, and what its people say of bets that are held for them."""
        for record, command in decoded(chunk, OperatorCommand, out):
            if take_profile(state, command):
                on_settings(command, record, chunk.partition, state, out)
            looked_at = released_by(command, state)
            if looked_at:
                self._decide_all([(record, assessed) for assessed in looked_at], state, out)


def _live_delay_ms(event_id: str, placed_ms: int, profile: OperatorProfile, state: State) -> int:
    event = state.get(EVENT, event_id)
    live = event is not None and profile.in_play and placed_ms >= event.starts_at_ms
    return profile.live_delay_ms if live else 0


def _leg_delay_ms(asked: Reservation, state: State) -> int:
    profile = profile_of(state, asked.operator)
    return 0 if profile is None else _live_delay_ms(asked.event_id, asked.event_time_ms, profile, state)


def _around(operator: str, event: Event | None, state: State) -> Around:
    platform = profile_of(state, PLATFORM)
    if event is None:
        return Around(platform=platform)
    rooms = rooms_of(state, operator, event.sport, event.competition)
    return Around(event.sport, event.competition, platform, rooms)
