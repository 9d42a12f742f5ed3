"""What is kept of one bettor, and how a mark changes it."""

from dataclasses import dataclass, field
from math import log1p
from zlib import crc32

from domain.clv import CLOSE
from domain.sharps.policy import POLICY, SharpPolicy
from schemas.bets import Horizon

OPEN_MOST = 64
"""Marks of open bets that are kept of one bettor."""

COUNTED_MOST = 16
"""Events that entered the e-process last and are remembered, by checksum, so that none enters twice."""

RANK: dict[Horizon, int] = {"10s": 0, "60s": 1, "300s": 2, "close": 3}


@dataclass(slots=True)
class OpenMark:
    """The latest mark of a bet before its close.

    Parameters
    ----------
    event : int
        The event, by checksum.
    first : bool
        Whether the bet was the first on its event.
    in_play : bool
        Whether the bet was placed after the start.
    rank : int
        Of the horizon: 0, 1, 2.
    """

    event: int
    first: bool
    in_play: bool
    rank: int
    clv: float


@dataclass(slots=True)
class Evidence:
    """What is kept of one bettor; a plain value of bounded size.

    Parameters
    ----------
    closed : int
        Bets with a close.
    weight, mean, squares : float
        Aged weight of the closes, their weighted mean, and weighted squared deviations from it.
    aged_ms : int
        Until when the weight has been aged.
    open : dict of str to OpenMark
        By bet id, oldest first.
    log_e : float
        Log of the e-process.
    counted : list of int
        Checksums of the events that entered it last.
    flagged_at : int or None
        With how many bets the bettor was first flagged; a flag stays.
    """

    closed: int = 0
    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    aged_ms: int = 0
    open: dict[str, OpenMark] = field(default_factory=dict)
    log_e: float = 0.0
    counted: list[int] = field(default_factory=list)
    flagged_at: int | None = None

    @property
    def bets(self) -> int:
        """Bets with a mark that counts."""
        return self.closed + len(self.open)


def update(  # noqa: PLR0913 - one mark, spelled out
    evidence: Evidence,
    bet_id: str,
    event_id: str,
    horizon: Horizon,
    clv: float,
    at_ms: int,
    policy: SharpPolicy = POLICY,
    *,
    in_play: bool = False,
    first: bool | None = None,
) -> None:
    """Take one mark into the evidence.

    Marks of one bet come in order of their horizons; one that comes after a later one changes nothing while
    the bet is open. The bets of one event come in the order in which they were placed. A bet in play has no
    close: its last horizon, 300 s, is final.

    Parameters
    ----------
    clv : float
        price x probability - 1; counted up to 1.
    at_ms : int
        The instant that the mark speaks of, UTC milliseconds.
    in_play : bool
        Whether the bet was placed after the start of its event.
    first : bool, optional
        Whether the bet was the bettor's first on the event, where the caller knows; else it is told from the
        bets that are open and the events that came last.
    """
    clv = min(clv, 1.0)
    mark = evidence.open.get(bet_id)
    if mark is None:
        event = crc32(event_id.encode())
        if first is None:
            first = event not in evidence.counted and all(m.event != event for m in evidence.open.values())
        mark = OpenMark(event, first, in_play, -1, clv)
    if horizon == CLOSE or (in_play and horizon == "300s"):
        evidence.open.pop(bet_id, None)
        _close(evidence, mark, clv, at_ms, policy)
    elif RANK[horizon] > mark.rank:
        mark.rank, mark.clv = RANK[horizon], clv
        evidence.open[bet_id] = mark
        if len(evidence.open) > OPEN_MOST:
            del evidence.open[next(iter(evidence.open))]


def _close(evidence: Evidence, mark: OpenMark, clv: float, at_ms: int, policy: SharpPolicy) -> None:
    if at_ms > evidence.aged_ms:
        fade = 0.5 ** ((at_ms - evidence.aged_ms) / (policy.half_life_days * 86_400_000))
        evidence.weight *= fade
        evidence.squares *= fade
        evidence.aged_ms = at_ms
    weight = weight_of(mark, policy)
    evidence.closed += 1
    evidence.weight += weight
    step = clv - evidence.mean
    evidence.mean += step * weight / evidence.weight
    evidence.squares += weight * step * (clv - evidence.mean)
    if not mark.first:
        return
    evidence.counted = [*evidence.counted[1 - COUNTED_MOST :], mark.event]
    evidence.log_e += log_e_step(clv, policy, in_play=mark.in_play)
    if evidence.flagged_at is None and evidence.log_e >= policy.log_threshold:
        evidence.flagged_at = evidence.bets


def weight_of(mark: OpenMark, policy: SharpPolicy) -> float:
    """Return what a bet's final mark counts in the posterior; the first bet before a start counts 1."""
    first = 1.0 if mark.first else policy.repeat_weight
    return first * policy.in_play_weight if mark.in_play else first


def log_e_step(clv: float, policy: SharpPolicy = POLICY, *, in_play: bool = False) -> float:
    """Return what one final mark adds to the log of the e-process."""
    beyond = clv - policy.null_mean
    if in_play:
        return log1p(policy.in_play_fraction * min(1.0, beyond))
    return log1p(policy.bet_fraction * max(-policy.clip, min(policy.clip, beyond)))
