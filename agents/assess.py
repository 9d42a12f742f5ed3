"""Stage assess (by bettor): a placed bet gets its bettor's standing, and goes to its event's partition.

A bet on several events is decided here, from what their books grant (``combining``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32

from agents import combining
from agents.clock import CLOCK
from agents.combining import COMBINED
from agents.operators import PROFILE, profile_of, take_profile
from domain.decisions import is_combined
from domain.sharps import in_ring
from domain.sharps.policy import POLICY
from schemas import AssessedBet, Bet, BettorRisk, OperatorCommand, RingMember, StakeFactor
from streams.partitions import partition_of
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ASSESSED, BETS, BETTORS, COMMANDS, GRADED, GRANTS, HEARTBEATS, RINGS

MINUTE_MS = 60_000
REMEMBERED = 1_000
"""A bettor's bets of the last minute that are kept; more than any velocity limit."""


@dataclass(slots=True)
class Bettor:
    """What assess knows of a bettor.

    Parameters
    ----------
    recent_ms : list of int
        Event times of the bets of the last minute.
    recent_on : list of int
        What they were on.
    factor, risk_version : float, int
        The stake factor that the profile stage found, and its version; 0 for none yet.
    set_factor : float or None
        A factor that the operator has set; it wins.
    share : float
        Of the factor: a ring's members together get what one bettor would.
    ring : str or None
        The ring that the bettor belongs to.
    clv : float
        What closing line value it is believed to have.
    delay_ms, review : int, bool
        What the operator's policy has its bets wait, and whether a person has to look at them.
    """

    recent_ms: list[int] = field(default_factory=list)
    recent_on: list[int] = field(default_factory=list)
    factor: float = 1.0
    risk_version: int = 0
    set_factor: float | None = None
    share: float = 1.0
    ring: str | None = None
    delay_ms: int = 0
    review: bool = False
    clv: float = POLICY.prior_mean

    @property
    def standing_factor(self) -> float:
        """The stake factor that holds now."""
        return self.factor * self.share if self.set_factor is None else self.set_factor


BETTOR = Kind("bettor", Bettor)
SEEN = Kind("seen", str, kept=False)


class Assess(Stage):
    """Knows each bettor's stake factor and velocity, and every bet id that it has let through."""

    name = "assess"
    kinds = (BETTOR, CLOCK, COMBINED, PROFILE, SEEN)
    # the book decides a bet once, however often it is assessed; a bet on several events is decided here
    loose = frozenset({ASSESSED.name, BETTOR.name, CLOCK.name, PROFILE.name, SEEN.name})

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {
            BETS.name: self.on_bets,
            BETTORS.name: self.on_risk,
            RINGS.name: self.on_rings,
            COMMANDS.name: self.on_commands,
            GRANTS.name: combining.on_grants,
            GRADED.name: combining.on_graded,
            HEARTBEATS.name: combining.on_heartbeats,
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_bets(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Add the standing; refuse a known bet id with other content."""
        for record, bet in decoded(chunk, Bet, out):
            key = f"{bet.operator}|{bet.bettor}"
            fingerprint = _fingerprint(bet)
            seen = state.get(SEEN, f"{key}|{bet.bet_id}")
            if seen is not None and seen != fingerprint:
                out.reject(record, "duplicate_bet_id")
                continue
            bettor = state.get(BETTOR, key) or Bettor()
            if seen is None:
                since = bet.event_time_ms - MINUTE_MS
                known = zip(bettor.recent_ms, bettor.recent_on, strict=True)
                recent = [(t, on) for t, on in known if t > since][-REMEMBERED:]
                recent.append((bet.event_time_ms, _selections(bet)))
                bettor.recent_ms, bettor.recent_on = [t for t, _ in recent], [on for _, on in recent]
                state.put(BETTOR, key, bettor)
                state.put(SEEN, f"{key}|{bet.bet_id}", fingerprint)
            standing = StakeFactor(
                factor=bettor.standing_factor,
                bets_last_minute=len(bettor.recent_ms),
                risk_version=bettor.risk_version,
                same_last_minute=max(1, bettor.recent_on.count(_selections(bet))),
                delay_ms=bettor.delay_ms,
                review=bettor.review,
                ring=bettor.ring,
                clv=bettor.clv if bettor.set_factor is None else None,
            )
            if bettor.ring is not None:
                profile = profile_of(state, bet.operator)
                standing = in_ring(standing, profile.treatments if profile is not None else {})
            assessed = AssessedBet(
                bet=bet,
                standing=standing,
                received_at_ms=record.timestamp,
                event_time_ms=bet.event_time_ms,
            )
            if is_combined(bet):
                combining.begin(assessed, record, state, out)
            else:
                out.emit(ASSESSED, bet.legs[0].event_id, assessed, bet.event_time_ms, cause=record)

    def on_risk(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take what the profile stage has found of a bettor."""
        for _, risk in decoded(chunk, BettorRisk, out):
            key = f"{risk.operator}|{risk.bettor}"
            bettor = state.get(BETTOR, key) or Bettor()
            if risk.version > bettor.risk_version:
                bettor.factor, bettor.risk_version = risk.factor, risk.version
                bettor.clv = risk.posterior_mean
                bettor.delay_ms, bettor.review = risk.delay_ms, risk.review
                state.put(BETTOR, key, bettor)

    def on_rings(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take who is in a ring, and who has left it."""
        for _, member in decoded(chunk, RingMember, out):
            key = f"{member.operator}|{member.bettor}"
            bettor = state.get(BETTOR, key) or Bettor()
            bettor.share, bettor.ring = member.share, member.ring
            state.put(BETTOR, key, bettor)

    def on_commands(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take settings, and what concerns a bettor of this partition: a factor (none lifts it), a review."""
        for record, command in decoded(chunk, OperatorCommand, out):
            take_profile(state, command)
            key = f"{command.operator}|{command.bettor}"
            if partition_of(key, out.partitions) != chunk.partition:
                continue
            if command.kind == "factor":
                bettor = state.get(BETTOR, key) or Bettor()
                bettor.set_factor = command.stake_factor
                state.put(BETTOR, key, bettor)
            elif command.kind == "review":
                combining.on_review(command, record, state, out)


def _selections(bet: Bet) -> int:
    """Return what tells the selections of a bet from others, whatever their prices and the stake."""
    legs = sorted(f"{leg.event_id}|{leg.market}|{leg.outcome}" for leg in bet.legs)
    return crc32("\n".join(legs).encode())


def _fingerprint(bet: Bet) -> str:
    """Return what tells a repeated bet from another with the same id; a retry may carry a later time."""
    content = bet.model_dump_json(exclude={"event_time_ms"})
    return hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
